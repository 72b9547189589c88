// The call log: sessions, calls, transcript turns, events. Writes are queued in order and committed within a
// fraction of a second while the call goes on; nothing waits for them on a shard.
//
// Thread: the append_* and update_* functions from any thread, never blocking. The query functions block:
// pool or command line only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "vendor/price_table.hpp"
#include "vendor/usage.hpp"

namespace parley::storage {

using WallMillis = std::int64_t;  // milliseconds since 1970-01-01 UTC

// queued: it is to be placed, or announced. ringing: the carrier is at it, or says that it was answered and
// no stream has come yet. in_progress: the stream is open. The others are final.
enum class CallStatus {
  queued,
  ringing,
  in_progress,
  completed,
  failed,
  interrupted,
  busy,
  no_answer,
  canceled
};
bool is_final(CallStatus status);
std::string_view to_string(CallStatus status);
std::optional<CallStatus> parse_call_status(std::string_view text);

struct CallRecord {
  std::string id;
  std::string workspace_id = "default";
  std::string session_id;             // unique within the workspace
  std::string direction = "inbound";  // or "outbound"
  std::string carrier;                // "exotel"
  std::string carrier_call_id;        // CallSid
  std::string stream_id;
  std::string account_id;
  std::string phone_id;  // of the address the stream came in on; may be empty
  std::string agent;
  std::string agent_version;
  std::string agent_text;  // the configuration, frozen into the session; not given back by listings
  std::string from;
  std::string to;
  int sample_rate_hz = 0;
  WallMillis started_at = 0;  // it was placed, announced, or its stream opened: whatever came first
  CallStatus status = CallStatus::in_progress;
  std::string telephony_config_id{};  // whose account it uses; "settings": the server's own
  std::string variables{};            // JSON object; may be empty
  std::string custom_field{};         // as the carrier has it
};

// What the carrier says of a call, beside what we know by its stream.
struct CarrierWord {
  std::string call_id;
  std::optional<CallStatus> status;  // for a call that never had a stream; nullopt: leaves it
  std::string reason;                // of a final status, as CallEnd::reason: "busy", "no answer" …
  std::string carrier_status;        // as told
  std::string carrier_call_id;       // empty: leaves what is there
  std::string recording_url;         // empty: leaves what is there
  std::string cause;                 // empty: leaves what is there
  std::optional<int> seconds;        // as the carrier counts them
  WallMillis at = 0;                 // told
  WallMillis answered_at = 0;        // 0: not told
  WallMillis ended_at = 0;           // 0: not told
};

// What became of handing the caller on.
struct TransferRecord {
  std::string call_id;
  std::string to;      // numbers with commas between; may be empty
  std::string status;  // "requested", "asked", "connected", "failed"
  std::string detail;  // "no-answer", …
};

struct CallEnd {
  CallStatus status = CallStatus::completed;
  std::string reason;  // "caller hung up", "agent hung up", "max duration", "stream broken" …
  WallMillis ended_at = 0;
  std::int64_t duration_ms = 0;
  bool escalation_requested = false;
};

// One exchange. Times are milliseconds after the end of the caller's speech; -1: did not happen.
struct TurnRecord {
  std::string call_id;
  int number = 0;  // from 1; the greeting is turn 0
  std::string caller_text;
  std::string agent_text;   // all that was generated
  std::string agent_heard;  // what the caller heard of it
  bool interrupted = false;
  std::string input_kind;  // "speech", "dtmf", "not_understood", "greeting"
  WallMillis started_at = 0;
  std::int64_t start_ms = 0;         // on the call's sample clock: where the caller's turn began
  std::int64_t end_ms = 0;           // where the agent's answer ended
  std::int64_t agent_start_ms = -1;  // where it began to sound; -1: it did not
  double endpoint_ms = -1;
  double transcript_ms = -1;
  double first_token_ms = -1;
  double first_audio_ms = -1;
  double sent_ms = -1;
};

struct EventRecord {
  std::string call_id;
  WallMillis at = 0;
  std::int64_t offset_ms = 0;  // on the call's sample clock
  std::string kind;    // "dtmf", "barge_in", "escalation_requested", "stage", "slot", "protocol_error" …
  std::string detail;  // short text or JSON
};

// What a call used at one vendor and model in one turn, and its price when it was used.
struct UsageRecord {
  std::string call_id;
  int turn = 0;  // 0: the greeting, or no turn at all
  vendor::Usage usage;
  std::optional<vendor::Cost> cost;  // nullopt: no price is known
};

// The recording written down after the call by another recogniser.
struct TranscriptRecord {
  std::string call_id;
  std::string vendor;
  std::string model;
  WallMillis made_at = 0;
  std::string error;     // why there is none
  std::string segments;  // JSON: [{"channel": "caller", "start": 1.2, "end": 2.4, "text": "…"}, …]
};

struct RecordingRecord {
  std::string call_id;
  std::string path;  // relative to the data directory; empty: the file is not there any more
  std::int64_t duration_ms = 0;
  bool complete = false;  // finished or, after a crash, repaired: nothing will be added
};

// Where a recording lies in a BlobStore. Written beside RecordingRecord, by whoever uploads.
struct RecordingBlob {
  std::string call_id;
  std::string kind;          // BlobStore::kind(); empty: it is only the file
  std::string key;           // of the blob
  std::string upload_token;  // while parts of it are being uploaded
  std::int64_t bytes = 0;
  bool stored = false;  // the whole of it is there
};

// What the queries give.
struct CallSummary {
  CallRecord call;
  CallStatus status = CallStatus::in_progress;
  CallEnd end;
  int turns = 0;  // exchanges with the caller: the greeting is not counted
  std::optional<RecordingRecord> recording;
  std::optional<RecordingBlob> blob;
  // By the carrier's word; empty and 0 where it said nothing.
  std::string carrier_status{};
  std::string carrier_cause{};
  std::string carrier_recording_url{};
  std::optional<int> carrier_seconds{};
  WallMillis answered_at = 0;
  std::optional<TransferRecord> transfer{};
};
struct CallDetail {
  CallSummary summary;
  std::vector<TurnRecord> turns;
  std::vector<EventRecord> events;
  std::vector<UsageRecord> usage;
  std::optional<TranscriptRecord> transcript;
};
// Every condition that is set must hold. Texts are compared whole unless said otherwise.
struct CallFilter {
  std::string workspace{};  // empty: all of them (commands on the machine)
  std::string agent{};
  std::optional<CallStatus> status{};
  std::string outcome{};    // the reason of the end, or "escalated"
  std::string number{};     // of either side, compared by its last ten digits
  std::string direction{};  // "inbound" or "outbound"
  std::string session_id{};
  std::string phone_id{};
  std::string carrier_call_id{};
  std::string text{};     // words that all occur in one turn of the transcript; the last may be a beginning
  WallMillis since = 0;   // started at or after; 0: no limit
  WallMillis before = 0;  // started before; 0: no limit
  // The cursor: the last call of the page before. Listings are newest first.
  WallMillis after_started_at = 0;
  std::string after_id{};
  int limit = 50;
};

// What was used, summed up over calls that started in a span of time.
enum class UsageGroup { day, agent, number, vendor };
struct UsageSum {
  std::string group;  // "2026-11-21" (UTC), the agent's name, the number called, "deepgram nova-3"
  std::int64_t calls = 0;
  std::int64_t duration_ms = 0;
  std::string currency;  // empty: nothing was charged; a group has a row for each currency
  std::int64_t cost_micros = 0;
};

// How a span of time went.
struct CallTally {
  std::int64_t calls = 0;
  std::int64_t answered = 0;  // had a stream, and did not fail
  std::int64_t missed = 0;    // busy, nobody answered, failed, canceled
  std::int64_t duration_ms = 0;
  // From the end of the caller's speech to the agent's first sound, of the span's last spoken turns; nullopt:
  // there are none.
  std::optional<double> median_response_ms{};
  std::optional<double> p95_response_ms{};
};
// Whether there are such calls among the newest ten thousand.
struct CallsSeen {
  bool from_browser = false;
  bool by_phone = false;  // with a stream of a carrier, whose account is not the simulator's
};

// What is left to be removed outside the database when rows go.
struct RemovedRecording {
  std::string call_id;
  std::string path;
  std::string blob_kind;
  std::string blob_key;
};

class CallStore {
 public:
  virtual ~CallStore() = default;

  // Makes the session too unless it is there already. The same id again fills in what came to be known: what
  // is not empty replaces what was there, except workspace, session, direction and numbers, which stay as
  // first told; it began at the earlier time. A status only goes forward (queued, ringing, in_progress), but
  // a stream opens a call again that ended without one.
  virtual void append_call(CallRecord call) = 0;
  virtual void end_call(std::string call_id, CallEnd end) = 0;
  // Beside what the stream says: only a call that is queued or ringing gets its status by it. A final status
  // of the carrier is not overwritten; the rest of the word is always noted.
  virtual void put_carrier_word(CarrierWord word) = 0;
  virtual void put_transfer(TransferRecord transfer) = 0;
  // The same call and number again replaces the row: a turn is first written when the caller's words are
  // final and completed when the answer has been heard.
  virtual void put_turn(TurnRecord turn) = 0;
  virtual void append_event(EventRecord event) = 0;
  // The same call, turn, part, vendor and model again replaces the row.
  virtual void put_usage(UsageRecord usage) = 0;
  virtual void put_transcript(TranscriptRecord transcript) = 0;
  virtual void put_recording(RecordingRecord recording) = 0;
  virtual void put_recording_blob(RecordingBlob blob) = 0;

  // `done` is called on the writer's thread when everything queued before is on disk (or has failed).
  virtual void flush(std::function<void(Result<void>)> done) = 0;

  virtual Result<std::vector<CallSummary>> list_calls(const CallFilter& filter) = 0;
  // By id, or by a prefix of it that is unique.
  // `workspace` empty: in any.
  virtual Result<CallDetail> find_call(const std::string& id, const std::string& workspace = {}) = 0;
  // The newest call with this id at this carrier, in any workspace. Sees what is committed.
  virtual Result<std::optional<CallSummary>> find_by_carrier_id(const std::string& carrier,
                                                                const std::string& carrier_call_id) = 0;
  // Outbound calls of this node still queued or ringing, oldest first: after its start the carrier is to be
  // asked for them.
  virtual Result<std::vector<CallSummary>> open_outbound_calls(int limit) = 0;
  // Calls of this node still `in_progress`: after its start they belong to a process that died.
  virtual Result<std::vector<CallSummary>> unfinished_calls() = 0;
  // Recordings of this node's ended calls that are not complete, oldest first: after its start, of a process
  // that died between the end of the call and that of the file, or could not write it.
  virtual Result<std::vector<CallSummary>> unfinished_recordings(int limit) = 0;
  // Recordings that are complete (or whose upload was begun) but not stored as blobs of `kind`, oldest first.
  virtual Result<std::vector<CallSummary>> unstored_recordings(const std::string& kind, int limit) = 0;
  // since <= started_at < before. Rows by group, then currency.
  virtual Result<std::vector<UsageSum>> sum_usage(const std::string& workspace, WallMillis since,
                                                  WallMillis before, UsageGroup group) = 0;
  // since <= started_at < before, of one workspace.
  virtual Result<CallTally> tally(const std::string& workspace, WallMillis since, WallMillis before) = 0;
  // `simulator`: the account that `parley call` says it is.
  virtual Result<CallsSeen> seen(const std::string& workspace, const std::string& simulator) = 0;

  // Removing. Each is one transaction, waits for what is queued, and leaves calls that are not over alone.
  virtual Result<std::vector<RemovedRecording>> remove_call(const std::string& workspace,
                                                            const std::string& id) = 0;
  // All calls, sessions, chats and deliveries of one caller, by the last ten digits of the number.
  virtual Result<std::vector<RemovedRecording>> remove_caller(const std::string& workspace,
                                                              const std::string& number, int* calls) = 0;
  // Calls that started before; `only_recordings` keeps their rows. At most `limit` of them. A call queued or
  // ringing that is older than that by a day counts as over: nobody will say how it ended.
  virtual Result<std::vector<RemovedRecording>> remove_older(const std::string& workspace, WallMillis before,
                                                             bool only_recordings, int limit) = 0;
};

}  // namespace parley::storage
