#include "storage/redacting_call_store.hpp"

#include <deque>
#include <unordered_map>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "base/thread_annotations.hpp"

namespace parley::storage {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostCalls = 20'000;  // whose workspace is known; transcripts come after a call's end
constexpr int kKeysInClear = 6;             // as many as receipts show of a card
constexpr std::int64_t kKeysApartMs = 15'000;

std::string text_of(json::string_view text) {
  return {text.data(), text.size()};
}

void redact_value(json::value& value, const RedactionKinds& kinds, bool only_text, bool here) {
  if (auto* object = value.if_object()) {
    for (auto& member : *object)
      redact_value(member.value(), kinds, only_text, !only_text || text_of(member.key()) == "text");
  } else if (auto* array = value.if_array()) {
    for (auto& element : *array)
      redact_value(element, kinds, only_text, here);
  } else if (auto* string = value.if_string(); string != nullptr && here) {
    const std::string clean = redact(text_of(*string), kinds);
    *string = clean;
  } else if (here && value.is_number() && !value.is_double()) {
    const std::string number = json::serialize(value);
    const std::string clean = redact(number, kinds);
    if (clean != number) value = clean;
  }
}

class RedactingCallStore final : public CallStore {
 public:
  RedactingCallStore(CallStore& inner, RedactionOf kinds_of)
      : inner_(inner), kinds_of_(std::move(kinds_of)) {}

  void append_call(CallRecord call) override {
    {
      const MutexLock lock(mutex_);
      const auto [known, first] = calls_.try_emplace(call.id, Known{.workspace = call.workspace_id});
      if (first) in_order_.push_back(call.id);
      if (call.status == CallStatus::in_progress) {
        known->second.streaming = true;
        known->second.ended = false;
      }
      forget_oldest();
    }
    if (const auto kinds = kinds_of(call.id); kinds.any()) {
      call.variables = redact_json(call.variables, kinds, false);
      call.custom_field = redact_json(call.custom_field, kinds, false);
    }
    inner_.append_call(std::move(call));
  }

  void end_call(std::string call_id, CallEnd end) override {
    {
      const MutexLock lock(mutex_);
      if (const auto found = calls_.find(call_id); found != calls_.end()) found->second.ended = true;
    }
    inner_.end_call(std::move(call_id), std::move(end));
  }

  void put_turn(TurnRecord turn) override {
    if (const auto kinds = kinds_of(turn.call_id); kinds.any()) {
      turn.caller_text = redact(turn.caller_text, kinds);
      // Heard is the beginning of what was said, and may end in the middle of a number.
      turn.agent_heard = turn.agent_text.starts_with(turn.agent_heard)
                             ? redact_beginning(turn.agent_text, turn.agent_heard.size(), kinds)
                             : redact(turn.agent_heard, kinds);
      turn.agent_text = redact(turn.agent_text, kinds);
    }
    inner_.put_turn(std::move(turn));
  }

  void append_event(EventRecord event) override {
    if (const auto kinds = kinds_of(event.call_id); kinds.any()) {
      const bool numbers = kinds.cards || kinds.aadhaar || kinds.phones;
      if (event.kind == "dtmf" && keys_in_a_row(event) > kKeysInClear && numbers) {
        event.detail = "*";
      } else {
        event.detail = redact_json(event.detail, kinds, false);
      }
    }
    inner_.append_event(std::move(event));
  }

  void put_transcript(TranscriptRecord transcript) override {
    if (const auto kinds = kinds_of(transcript.call_id); kinds.any()) {
      transcript.segments = redact_json(transcript.segments, kinds, true);
      transcript.error = redact(transcript.error, kinds);
    }
    inner_.put_transcript(std::move(transcript));
  }

  void put_carrier_word(CarrierWord word) override {
    if (word.status && is_final(*word.status)) {
      const MutexLock lock(mutex_);
      const auto found = calls_.find(word.call_id);
      if (found != calls_.end() && !found->second.streaming) found->second.ended = true;
    }
    inner_.put_carrier_word(std::move(word));
  }
  void put_transfer(TransferRecord transfer) override { inner_.put_transfer(std::move(transfer)); }
  void put_usage(UsageRecord usage) override { inner_.put_usage(std::move(usage)); }
  void put_recording(RecordingRecord recording) override { inner_.put_recording(std::move(recording)); }
  void put_recording_blob(RecordingBlob blob) override { inner_.put_recording_blob(std::move(blob)); }
  void flush(std::function<void(Result<void>)> done) override { inner_.flush(std::move(done)); }
  Result<std::vector<CallSummary>> list_calls(const CallFilter& filter) override {
    return inner_.list_calls(filter);
  }
  Result<CallDetail> find_call(const std::string& id, const std::string& workspace) override {
    return inner_.find_call(id, workspace);
  }
  Result<std::optional<CallSummary>> find_by_carrier_id(const std::string& carrier,
                                                        const std::string& carrier_call_id) override {
    return inner_.find_by_carrier_id(carrier, carrier_call_id);
  }
  Result<std::vector<CallSummary>> open_outbound_calls(int limit) override {
    return inner_.open_outbound_calls(limit);
  }
  Result<std::vector<CallSummary>> unfinished_calls() override { return inner_.unfinished_calls(); }
  Result<std::vector<CallSummary>> unfinished_recordings(int limit) override {
    return inner_.unfinished_recordings(limit);
  }
  Result<std::vector<CallSummary>> unstored_recordings(const std::string& kind, int limit) override {
    return inner_.unstored_recordings(kind, limit);
  }
  Result<std::vector<UsageSum>> sum_usage(const std::string& workspace, WallMillis since, WallMillis before,
                                          UsageGroup group) override {
    return inner_.sum_usage(workspace, since, before, group);
  }
  Result<CallTally> tally(const std::string& workspace, WallMillis since, WallMillis before) override {
    return inner_.tally(workspace, since, before);
  }
  Result<CallsSeen> seen(const std::string& workspace, const std::string& simulator) override {
    return inner_.seen(workspace, simulator);
  }
  Result<std::vector<RemovedRecording>> remove_call(const std::string& workspace,
                                                    const std::string& id) override {
    return inner_.remove_call(workspace, id);
  }
  Result<std::vector<RemovedRecording>> remove_caller(const std::string& workspace, const std::string& number,
                                                      int* calls) override {
    return inner_.remove_caller(workspace, number, calls);
  }
  Result<std::vector<RemovedRecording>> remove_older(const std::string& workspace, WallMillis before,
                                                     bool only_recordings, int limit) override {
    return inner_.remove_older(workspace, before, only_recordings, limit);
  }

 private:
  struct Known {
    std::string workspace{};
    bool streaming = false;  // then only the stream ends it
    bool ended = false;
    int keys = 0;  // pressed one after another
    std::int64_t last_key_ms = 0;
  };

  RedactionKinds kinds_of(const std::string& call_id) {
    std::string workspace;
    {
      const MutexLock lock(mutex_);
      if (const auto found = calls_.find(call_id); found != calls_.end()) workspace = found->second.workspace;
    }
    return kinds_of_(workspace);
  }

  int keys_in_a_row(const EventRecord& event) {
    const MutexLock lock(mutex_);
    const auto found = calls_.find(event.call_id);
    if (found == calls_.end()) return kKeysInClear + 1;
    Known& call = found->second;
    if (call.keys > 0 && event.offset_ms - call.last_key_ms > kKeysApartMs) call.keys = 0;
    call.last_key_ms = event.offset_ms;
    return ++call.keys;
  }

  // A running call is never forgotten: it goes to the back, and the one after it goes.
  void forget_oldest() PARLEY_REQUIRES(mutex_) {
    for (std::size_t left = 2; left > 0 && in_order_.size() > kMostCalls; --left) {
      std::string oldest = std::move(in_order_.front());
      in_order_.pop_front();
      const auto found = calls_.find(oldest);
      if (found == calls_.end()) continue;
      if (found->second.ended) {
        calls_.erase(found);
      } else {
        in_order_.push_back(std::move(oldest));
      }
    }
  }

  CallStore& inner_;
  const RedactionOf kinds_of_;
  Mutex mutex_;
  std::unordered_map<std::string, Known> calls_ PARLEY_GUARDED_BY(mutex_);
  std::deque<std::string> in_order_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace

std::string redact_json(const std::string& text, const RedactionKinds& kinds, bool only_text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string::npos || (text[first] != '{' && text[first] != '[')) return redact(text, kinds);
  boost::system::error_code ec;
  json::value value = json::parse(text, ec);
  if (ec) return redact(text, kinds);
  redact_value(value, kinds, only_text, !only_text);
  return json::serialize(value);
}

std::unique_ptr<CallStore> make_redacting_call_store(CallStore& inner, RedactionOf kinds_of) {
  return std::make_unique<RedactingCallStore>(inner, std::move(kinds_of));
}

}  // namespace parley::storage
