// Calls as events of the hub: what the engine tells its observer, with the call's workspace and session.
//
// Thread: as engine::CallObserver, from every shard. Lifetime: the hub outlives it.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/thread_annotations.hpp"
#include "control/event_hub.hpp"
#include "engine/call.hpp"

namespace parley::control {

class CallEvents final : public engine::CallObserver {
 public:
  explicit CallEvents(EventHub& hub) : hub_(hub) {}

  void on_call_started(const storage::CallRecord& call) override;
  void on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) override;
  void on_call_ended(const std::string& call_id, const storage::CallEnd& end) override;
  void on_recording_finished(const std::string& call_id, const agent::AgentPtr& agent,
                             const std::filesystem::path& file) override;
  // `kind` and `detail` as in storage::EventRecord. Those without a type of their own are not told.
  void on_call_event(const std::string& call_id, std::string_view kind, std::string_view detail,
                     std::int64_t offset_ms) override;
  void on_turn(const storage::TurnRecord& turn) override;

 private:
  using CallPtr = std::shared_ptr<const storage::CallRecord>;
  // Recordings are finished after their calls: so many that have ended are still known.
  static constexpr std::size_t kEndedCalls = 2000;

  CallPtr find(const std::string& call_id) const;

  EventHub& hub_;
  mutable Mutex mutex_;
  std::unordered_map<std::string, CallPtr> calls_ PARLEY_GUARDED_BY(mutex_);
  std::deque<std::string> ended_ PARLEY_GUARDED_BY(mutex_);
};

// The same id whoever makes it and how often, for what happens once in a call: so that call.ended, told again
// by the recovery after a crash, is not delivered twice.
std::string call_event_id(std::string_view call_id, std::string_view type);

// call.ended of calls that a process which died had left open, and recording.ready of those that have one:
// for the start, after storage::recover_interrupted_calls and once the hub has its sinks. `calls` as the log
// has them now; those that go on are passed over.
void publish_recovered(EventHub& hub, const std::vector<storage::CallSummary>& calls);

}  // namespace parley::control
