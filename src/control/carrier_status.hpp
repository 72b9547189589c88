// What a carrier says of a call, as the call log keeps it and as listeners are told of it: the one place
// where a carrier's word becomes a status, so that the desk (callbacks) and the dialer (answers) agree.
//
// The stream's word beats the carrier's: of a call that has had a stream only what the carrier said is kept,
// its status is left alone. Of a call without one the status goes forwards only, and its end is told once.
//
// Thread: any; never blocks.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "carrier/carrier.hpp"
#include "control/agent_directory.hpp"
#include "control/call_book.hpp"
#include "control/event_hub.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

// The log's status of a call without a stream. nullopt: leaves it (`unknown`). `in_progress` of a carrier is
// `ringing` here: it was answered, and no stream has come yet.
std::optional<storage::CallStatus> status_of(carrier::Progress progress);
// Why such a call ended, as CallEnd::reason: "busy", "no answer" …; empty: it has not ended.
std::string_view reason_of(carrier::Progress progress);

// The report as a row; `status` and `reason` are set only when `call` never had a stream. Pure.
storage::CarrierWord word_of(const BookedCall& call, const carrier::CallReport& report,
                             storage::WallMillis now);
// The row of a call that was booked and has no stream yet. `agent` may be nullptr: it is not known. Pure.
storage::CallRecord row_of(const BookedCall& call, const agent::Agent* agent, const std::string& agent_text);

// Where it goes. All of it outlives the calls.
struct CallSinks {
  CallBook& book;
  storage::CallStore& calls;
  EventHub& events;
  const Clock& clock;
};

// "call.queued": placed by us, or announced.
void tell_queued(const CallSinks& sinks, const BookedCall& call);
// A report of `call`, which the book knows: to the log, the book, and as "call.ringing", "call.status" and,
// for one that ends without a stream, "call.ended". Repeated reports may come: a status is told once.
void tell_report(const CallSinks& sinks, const BookedCall& call, const carrier::CallReport& report);
// What became of handing the caller on: to the log and the book, once. `to` empty: as it was written before.
void tell_transfer(const CallSinks& sinks, const BookedCall& call, const std::string& status,
                   std::string detail, std::string to = {});
// Ends a call that has no stream by somebody's word who is not the carrier: it was refused, cancelled, given
// up. False: it had ended before, or has a stream; nothing was told.
bool tell_ended(const CallSinks& sinks, const BookedCall& call, storage::CarrierWord word);

}  // namespace parley::control
