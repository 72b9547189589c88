// A carrier beside its media stream: what we ask of its REST interface, what its callbacks say, and what we
// answer them. Another carrier is another folder here with one class that implements Carrier, and its
// stream's codec in media/.
//
// Thread: one object serves all accounts. The coroutines run on the executor they are awaited on (the control
// context); everything else is without I/O and from any thread. Lifetime: outlives what awaits it.
//
// An account's key and token appear in no message, error or address that comes out of here.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "async/task.hpp"
#include "base/result.hpp"

namespace parley::carrier {

using WallMillis = std::int64_t;  // milliseconds since 1970-01-01 UTC

// What came in with a request, flattened to text: of a query, a form, multipart or JSON; nested members with
// brackets as a form writes them ("Legs[0][Status]", "Stream[Status]"). In order; a name may come twice.
using Fields = std::vector<std::pair<std::string, std::string>>;
// The first non-empty value among these names; names are compared without regard to case.
std::string_view field(const Fields& fields, std::initializer_list<std::string_view> names);

// One account at a carrier, with what opens it.
struct Account {
  std::string id;  // of the telephony configuration; "settings" for the server's own
  std::string workspace_id;
  std::string carrier;  // "exotel", "twilio"
  std::string sid;
  std::string api_key;    // secret
  std::string api_token;  // secret
  std::string base_url;   // of its REST interface, without a slash at the end; from region, domain or setting
  std::string legs_url;   // Exotel's second interface (Legs v2); empty: not used
  std::string flow_url;   // Exotel's host of flows ("https://my.exotel.com")
  std::string app_id;     // the flow that outbound calls go into; may be empty
  std::string number;     // the caller id where none is said; may be empty
};

// Where a call stands, in any carrier's words. `unknown`: it said something that we do not know; the word is
// kept beside.
enum class Progress {
  queued,
  initiated,
  ringing,
  in_progress,
  completed,
  busy,
  failed,
  no_answer,
  canceled,
  unknown
};
std::string_view to_string(Progress progress);  // "no-answer"
bool is_final(Progress progress);

struct LegReport {
  std::string number;
  Progress progress = Progress::unknown;
  std::string status;  // as told
  std::optional<int> seconds;
  std::string cause;
};

// What a carrier says of one call: in the answer to a request, or in a callback.
struct CallReport {
  std::string carrier_call_id;
  std::string account_sid;
  Progress progress = Progress::unknown;
  std::string status;  // as told; empty: it said none
  std::string event;   // "answered", "terminal", …, as told; may be empty
  std::string from;
  std::string to;
  std::string direction;  // "inbound", "outbound" or empty
  std::string custom_field;
  std::string answered_by;  // "human", "machine" or empty
  std::string recording_url;
  std::string cause;  // why it failed, in its words
  std::optional<int> seconds;
  std::optional<WallMillis> created_at;
  std::optional<WallMillis> answered_at;
  std::optional<WallMillis> ended_at;
  std::string price;
  std::vector<LegReport> legs;
};

// A call that the carrier offers us, or asks about while it is on its way.
struct CallNotice {
  std::string carrier_call_id;
  std::string account_sid;
  std::string from;       // who rings, as told
  std::string to;         // whom they rang: of two that differ, the one to route by
  std::string other_to;   // the other one
  std::string direction;  // "inbound", "outbound" or empty
  std::string status;
  std::string custom_field;
  std::string digits;  // without quotes
};

// What came of a stream, told when the flow goes on behind it (Exotel's Passthru).
struct StreamReport {
  std::string stream_id;
  std::string status;           // as told
  std::string disconnected_by;  // "caller", "agent" or empty
  std::string error;
  std::string recording_url;
  std::optional<int> seconds;
};

struct PlaceRequest {
  std::string to;    // E.164
  std::string from;  // the number of ours that the callee sees
  // Into a flow of the carrier, straight into our stream, or connected to a second number.
  enum class Into { flow, stream, number } into = Into::flow;
  std::string app_id;         // flow
  std::string stream_url;     // stream: ws:// or wss://
  std::string second_number;  // number
  std::string custom_field;   // at most 128 bytes
  std::string status_callback;
  std::chrono::seconds time_limit{0};    // 0: the carrier's own
  std::chrono::seconds ring_timeout{0};  // 0: the carrier's own
  bool record = false;                   // by the carrier
  bool record_both_channels = false;
  // Asked once, when its turn has come and before anything is sent; false: the answer is Errc::cancelled,
  // not_done. Empty: it is wanted.
  std::function<bool()> still_wanted{};
};

// Why a request did not do what it was for.
struct CarrierError {
  enum class Outcome {
    not_done,  // surely: it was refused, or never left
    unknown,   // it may have been done all the same: look before asking again
  };
  Outcome outcome = Outcome::not_done;
  Error error;  // for people; names the carrier, what it said and the fix
  int http_status = 0;
  std::string code;  // the carrier's own
  std::optional<std::chrono::seconds> retry_after;
};
template <class T>
using CarrierResult = std::expected<T, CarrierError>;

struct RecordingFile {
  std::string content_type;
  std::string bytes;
};

struct OwnNumber {
  std::string number;
  std::string name;
  std::string app_id;
};

// Whether an account works, for the doctor and the heartbeat.
struct AccountState {
  std::string summary;         // "active, 3 of 100 streams"
  std::optional<int> streams;  // running now
  std::optional<int> stream_limit;
};

// An answer to a request of the carrier's.
struct WebAnswer {
  int status = 200;
  std::string content_type;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

struct StreamAnswer {
  std::string say;  // before the stream; may be empty
  std::string stream_url;
  std::vector<std::pair<std::string, std::string>> parameters;
};
struct RecordAnswer {
  std::string say;
  std::string voice;     // may be empty
  std::string language;  // BCP 47
  std::string action;    // where it tells of the recording
  std::chrono::seconds max_length{3600};
  char finish_on_key = '#';
};
struct HangUpAnswer {
  std::string say;  // may be empty
};
// Whom the caller is connected to, for the flow that asks (Exotel's Connect applet) or as an answer of its
// own.
struct ConnectAnswer {
  std::vector<std::string> to;    // E.164, tried in this order; not empty
  std::string caller_id;          // what they see; empty: the carrier decides
  std::string announce;           // said to whoever picks up; may be empty
  std::chrono::seconds ring{30};  // for each of them
};

// A request as it came in, for whoever checks whether it is the carrier's.
struct SignedRequest {
  std::string url;          // as the carrier was given it: scheme, host, path, query
  std::string signature;    // the carrier's header; empty: there was none
  const Fields& form;       // of a form; empty otherwise
  std::string_view body{};  // as it came, of what is no form; its hash may be part of the address
};

class Carrier {
 public:
  virtual ~Carrier() = default;
  virtual std::string_view name() const = 0;

  // REST. Every one waits for its turn in the account's queue (request_queue.hpp), then has a deadline of its
  // own. A request that places a call is never sent twice; reading ones are tried again.
  virtual async::Task<CarrierResult<CallReport>> place(Account account, PlaceRequest request) = 0;
  // Errc::conflict with Outcome::not_done where the carrier has no such request: end the stream instead.
  virtual async::Task<CarrierResult<void>> end(Account account, std::string carrier_call_id) = 0;
  // Is there a request that hands a call on? Otherwise only a flow behind the stream can.
  virtual bool transfers_by_request() const = 0;
  // The call goes to `to` now. Errc::conflict where the carrier does it by its flow only.
  virtual async::Task<CarrierResult<void>> transfer(Account account, std::string carrier_call_id,
                                                    std::string to) = 0;
  virtual async::Task<CarrierResult<CallReport>> describe(Account account, std::string carrier_call_id) = 0;
  // Calls to or from a number since then, newest first: for a request of which nobody knows what became.
  virtual async::Task<CarrierResult<std::vector<CallReport>>> find_calls(Account account, std::string number,
                                                                         WallMillis since) = 0;
  // Of this carrier's own hosts only get the account's credentials; `max_bytes` ends it.
  virtual async::Task<CarrierResult<RecordingFile>> fetch_recording(Account account, std::string url,
                                                                    std::size_t max_bytes) = 0;
  virtual async::Task<CarrierResult<std::vector<OwnNumber>>> own_numbers(Account account) = 0;
  virtual async::Task<CarrierResult<AccountState>> check(Account account) = 0;

  // Callbacks. Errc::invalid_argument: what is missing or wrong, without quoting it.
  virtual Result<CallReport> read_report(const Fields& fields) const = 0;
  virtual Result<CallNotice> read_notice(const Fields& fields) const = 0;
  virtual std::optional<StreamReport> read_stream_report(const Fields& fields) const = 0;
  // Errc::permission_denied: not signed, or not with this account's token. Carriers that sign nothing let
  // everything pass; their addresses hold a secret instead.
  virtual Result<void> verify(const Account& account, const SignedRequest& request) const = 0;

  // Answers to the webhook of an incoming call and to the question whom to connect. Every text is escaped.
  virtual WebAnswer answer(const StreamAnswer& answer) const = 0;
  virtual WebAnswer answer(const RecordAnswer& answer) const = 0;
  virtual WebAnswer answer(const HangUpAnswer& answer) const = 0;
  virtual WebAnswer answer(const ConnectAnswer& answer) const = 0;
};

}  // namespace parley::carrier
