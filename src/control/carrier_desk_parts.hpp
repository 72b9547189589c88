// Inside this room only: what the desk is made of. Its functions are in carrier_desk_*.cpp, by what they are
// about.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "async/guarded.hpp"
#include "async/task_group.hpp"
#include "base/thread_annotations.hpp"
#include "control/carrier_desk.hpp"
#include "control/carrier_status.hpp"

namespace parley::control {

// What became of a transfer.
struct TransferOutcome {
  std::string status;  // "connected", "failed"
  std::string detail;
};

struct CarrierDesk::Parts final : engine::CallObserver {
  static constexpr std::chrono::milliseconds kLookUp{500};  // a caller waits for it
  static constexpr std::chrono::milliseconds kKeepUnclaimed{10 * 60'000};
  static constexpr std::size_t kMostUnclaimed = 1000;
  static constexpr std::size_t kMostRecorded = 10'000;

  explicit Parts(Dependencies dependencies);

  // A call that is announced, and who answers it.
  struct Arrival {
    BookedCall call;
    Answerer answerer;
    std::string named_agent;  // by the request; empty: none
  };

  // carrier_desk_incoming.cpp
  Result<carrier::WebAnswer> incoming(carrier::Carrier& carrier, const CarrierAddress& address,
                                      const carrier::Fields& fields);
  Result<carrier::WebAnswer> stream_address(carrier::Carrier& carrier, const CarrierAddress& address,
                                            const carrier::Fields& fields);
  Result<carrier::WebAnswer> greeting(carrier::Carrier& carrier, const CarrierAddress& address,
                                      const carrier::Fields& fields);
  Result<Arrival> arrive(carrier::Carrier& carrier, const CarrierAddress& address,
                         const carrier::CallNotice& notice, const carrier::Fields& fields);
  // Who answers: the call's own agent, the one that the request names, or the number's.
  Result<Answerer> answerer_of(const BookedCall* known, std::string_view phone_id,
                               const carrier::CallNotice& notice, std::string_view named) const;
  std::string stream_url(const CarrierAddress& address, std::string_view carrier, const BookedCall& call);
  carrier::WebAnswer record(carrier::Carrier& carrier, const CarrierAddress& address, const Arrival& arrival);

  // carrier_desk_status.cpp
  async::Task<Result<void>> status(carrier::Carrier& carrier, std::string phone_id, carrier::Fields fields);
  // What a carrier said of a call that is known.
  void take(const BookedCall& call, const carrier::CallReport& report);
  void take_transfer(const BookedCall& call, const carrier::CallReport& report);
  void put_outcome(const BookedCall& call, const TransferOutcome& outcome);
  // Of nobody, but to or from a number of ours.
  std::optional<BookedCall> new_call_to_us(const CallTrace& trace, std::string_view phone_id,
                                           const carrier::CallReport& report);
  void remember(std::string_view carrier, const carrier::CallReport& report);
  // What was told of this call before anybody knew it.
  void take_remembered(const BookedCall& call);

  // carrier_desk_flow.cpp
  async::Task<Result<Passed>> passthru(carrier::Carrier& carrier, carrier::Fields fields);
  async::Task<Result<carrier::WebAnswer>> connect_target(carrier::Carrier& carrier, carrier::Fields fields);
  async::Task<Result<carrier::WebAnswer>> recording(carrier::Carrier& carrier, std::string session_id,
                                                    carrier::Fields fields);
  // By the book, else by the call log within `patience`. Errc::not_found, conflict.
  async::Task<Result<BookedCall>> find(CallTrace trace, std::chrono::milliseconds patience);
  // Whom a transfer goes to, in the carrier's form: the intent's numbers, else the agent's.
  struct Target {
    std::vector<std::string> to;
    agent::Transfer how;
  };
  Target target_of(const BookedCall& call, const TransferIntent& intent) const;
  // A carrier that is asked by a request.
  async::Task<> ask_for_transfer(BookedCall call);
  void hand_over_recording(const BookedCall& call, std::string url);
  // Has its recording been told of? `unknown`: another process has answered the call.
  enum class Recorded { unknown, first, again };
  Recorded take_recorded(const std::string& call_id);
  // By the call log.
  async::Task<bool> waits_for_recording(std::string call_id);

  // carrier_desk_streams.cpp; on shards
  Result<engine::CallAgent> choose(const media::StreamStart& start, std::string_view carrier,
                                   std::string_view phone_id, std::string_view token);
  void on_call_started(const storage::CallRecord& call) override;
  void on_transcript_line(const std::string&, const engine::TranscriptLine&) override {}
  void on_call_ended(const std::string& call_id, const storage::CallEnd& end) override;
  void on_call_event(const std::string& call_id, std::string_view kind, std::string_view detail,
                     std::int64_t offset_ms) override;
  void on_turn(const storage::TurnRecord& turn) override;

  // carrier_desk.cpp
  CallSinks sinks() const { return {d.book, d.calls, d.events, d.clock}; }
  void event(const std::string& call_id, std::string_view kind, std::string detail);
  void count(std::string_view message, std::string_view outcome);
  // The number of ours in a call: the one that the caller rang, or that we rang from.
  std::string our_number(const carrier::CallNotice& notice, std::string_view phone_id) const;
  std::string workspace_of(std::string_view phone_id) const;
  // Of a call that we have placed with the settings' account. Other accounts are in the database, which
  // nobody waits for here.
  bool is_another_account(const BookedCall& call, std::string_view account_sid) const;

  Dependencies d;
  async::TaskGroup group;

  Mutex mutex;
  struct Unclaimed {
    std::string key;  // carrier and its id of the call
    SteadyTime at;
    carrier::CallReport report;
  };
  std::deque<Unclaimed> unclaimed PARLEY_GUARDED_BY(mutex);
  // Calls answered with a recording, and whether it was told of.
  std::map<std::string, bool, std::less<>> recorded PARLEY_GUARDED_BY(mutex);
  async::Guard guard;
  const async::Guard::Ticket ticket{guard.ticket()};
};

// Inside this room: the variable of a call back that holds what the agent has to say first.
inline constexpr std::string_view kOfflineAnswer = "offline_answer";
// Inside this room: the event of a call whose caller was asked to speak to a recorder.
inline constexpr std::string_view kOfflineRecord = "offline_record";
// Inside this room: values of a call that every text may ask for, beside its own variables.
Variables call_variables(const BookedCall& call);
CallTrace trace_of(std::string_view carrier, const carrier::CallNotice& notice, std::string workspace);
// Of a call that the carrier names so: what we call its session.
std::string session_id_of(std::string_view carrier_call_id, std::string_view call_id);
// A call as the log has it, for one that the book does not know any more.
BookedCall booked_of(const storage::CallSummary& summary);
// "91…, 080…" as numbers to call; what is no number is left out.
std::vector<std::string> numbers_of(std::string_view text);
std::string joined(const std::vector<std::string>& numbers);
// By the carrier's legs; nullopt: nothing yet.
std::optional<TransferOutcome> transfer_outcome(const BookedCall& call, const carrier::CallReport& report);

}  // namespace parley::control
