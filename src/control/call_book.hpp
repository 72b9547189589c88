// One call, one record: which of our calls a message of a carrier is about. A call is spoken of by many (the
// request for a stream's address, a webhook, the stream's start, status callbacks, the answer to a request
// that placed it), in any order, and each knows it by something else: the carrier's id, a token of ours, a
// custom field, two numbers.
//
// The book holds the calls of this node: those expected, those in progress, and those over for an hour, since
// much is told late. Older ones, and those of other nodes, are in the call log.
//
// Rules
//  1. What names a call of ours (token, our id in the custom field or parameters) counts before the carrier's
//     id, that before numbers.
//  2. Numbers are compared by their last ten digits, either way round, and decide only among calls of the
//     last two minutes that nothing else has claimed yet, and only when there is exactly one.
//  3. A carrier's id belongs to one call for good. A message that names call A by token and call B by id is
//     refused (Errc::conflict): somebody forges or repeats.
//  4. A token opens one stream: it holds until that stream's `start`, however often its handshake is tried,
//     and for two minutes at most; that of a call we place as long as it waits for its turn and rings.
//  5. A call has one stream at a time.
//
// Thread: any, a short lock; never blocks. `clock` outlives it.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "carrier/carrier.hpp"
#include "llm/chat_model.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

using Variables = std::map<std::string, std::string>;

// Where the caller goes when the stream has ended.
struct TransferIntent {
  std::vector<std::string> to;  // tried in this order; empty: wherever the carrier's flow leads
  std::string reason;           // "key 0", "asked for by the model", "by API"
  std::string announce;         // said to the one who picks up; may be empty
  bool asked_for = false;       // the carrier has been told
  bool over = false;            // what came of it is written down
};

struct BookedCall {
  std::string call_id;
  std::string session_id;
  std::string workspace_id;
  std::string phone_id;
  std::string telephony_config_id;
  std::string agent;  // id or name; empty: the number's own
  std::string carrier;
  std::string carrier_call_id;
  std::string direction;  // "inbound", "outbound"
  std::string custom_field;
  std::string from;  // who rings
  std::string to;    // who is rung
  Variables variables;
  storage::CallStatus status = storage::CallStatus::queued;
  std::optional<TransferIntent> transfer;
  std::vector<llm::Message> conversation;  // of its last stream, as far as it was heard
  int streams = 0;                         // that have started
  bool no_flow = false;          // placed straight into our stream: nothing of the carrier's is behind it
  bool carrier_records = false;  // it was asked for a recording
  storage::WallMillis created_at = 0;
};

// What a message says about which call it is about; everything may be empty.
struct CallTrace {
  std::string carrier;
  std::string carrier_call_id;
  std::string token;
  std::string call_id;  // of ours: from a custom field or a parameter
  std::string from;
  std::string to;
  std::string workspace_id;  // of the address it came in on; empty: not known
  // "inbound", "outbound" or empty. Somebody may call us while we ring them: numbers alone do not match then.
  std::string direction{};
};

class CallBook {
 public:
  struct Options {
    std::size_t most_calls = 100'000;  // the oldest that are over go first
    std::chrono::minutes keep_over{60};
    std::chrono::seconds token_holds{120};
    std::chrono::seconds numbers_hold{120};
  };
  explicit CallBook(const Clock& clock);
  CallBook(const Clock& clock, Options options);
  ~CallBook();

  // A call that is expected: placed by us, or announced by a webhook. `call.call_id` is made when it is
  // empty.
  BookedCall expect(BookedCall call);
  // The call a message is about; learns what the message knows and the book did not (the carrier's id).
  // Errc::not_found, Errc::conflict (rule 3).
  Result<BookedCall> match(const CallTrace& trace);
  // Either: match(), or expect(otherwise) when nothing is found. In one step, so that two messages about one
  // new call make one record.
  Result<BookedCall> match_or_expect(const CallTrace& trace, BookedCall otherwise);
  std::optional<BookedCall> find(std::string_view call_id) const;

  // What every token begins with, so that a door knows one that opens nothing any more for what it is.
  static constexpr std::string_view kTokenPrefix = "call_";
  // A token for the stream of this call: the prefix and 32 characters that nobody guesses. A second one
  // replaces the first.
  std::string issue_token(std::string_view call_id);
  // May a stream be opened with it now? It stays good.
  bool token_opens(std::string_view token) const;

  // The stream has started: its token, if any, is used up. A call that has been streaming before goes on
  // (a transfer that failed): same session, a record of its own, which the book then knows this call by;
  // `call_id` of the answer is new and `conversation` is what was said before.
  Result<BookedCall> begin_stream(const CallTrace& trace, BookedCall otherwise);
  void end_stream(std::string_view call_id, storage::CallStatus status);
  // A turn as it was heard, for a stream that comes after this one.
  void add_turn(std::string_view call_id, std::string caller, std::string agent);

  void set_transfer(std::string_view call_id, TransferIntent intent);
  // The carrier asks where the caller goes. nullopt: nobody wants to transfer.
  std::optional<TransferIntent> transfer_of(std::string_view call_id);
  // What came of it is known. False: it was before, or nobody wanted one.
  bool end_transfer(std::string_view call_id);

  void set_carrier_call_id(std::string_view call_id, std::string carrier_call_id);
  // By somebody's word other than a stream's. False, and nothing is changed: the call is not known, has had a
  // stream, has ended, or was further already; so of many who say the same, one is told true.
  bool set_status(std::string_view call_id, storage::CallStatus status);

  // Was this told already? Remembers it: callbacks come repeatedly. Bounded; by call, event and status.
  bool is_repeated(const carrier::CallReport& report);

  // Calls of this node that are expected or ringing for longer than this and had no stream: to be asked for.
  std::vector<BookedCall> overdue(std::chrono::seconds than) const;
  // A carrier has told this of the call. True: with a price, for the first time.
  bool note_report(std::string_view call_id, const carrier::CallReport& report);
  // What the carrier has not told of a call that had a stream and is over.
  struct Untold {
    BookedCall call;                     // without its conversation and variables
    std::chrono::milliseconds quiet{0};  // nothing was heard of it for so long
    bool end = false;
    bool transfer = false;  // wanted, and nobody has said what came of it
    bool seconds = false;
    bool price = false;
    bool recording = false;
  };
  static constexpr std::size_t kUntoldAtOnce = 100;
  struct UntoldCalls {
    std::vector<Untold> calls;
    bool last = false;  // all have been looked at since the first: the next are the first again
  };
  // Of at most kUntoldAtOnce calls, and the next time of those booked after them: everybody who tells of a
  // call waits while it is looked for them.
  UntoldCalls next_untold();
  // nullopt: everything is told, or nobody asks for it (any more).
  std::optional<Untold> untold_of(std::string_view call_id) const;
  // There is no more to be had.
  void settle(std::string_view call_id);

  // Expected or in progress, of one account: for the limit of calls at once.
  int open_calls(std::string_view telephony_config_id) const;

  std::size_t size() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::control
