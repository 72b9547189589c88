#include "control/live_calls.hpp"

#include <ranges>

namespace parley::control {

void LiveCalls::on_call_started(const storage::CallRecord& call) {
  LiveCall live;
  live.call = call;
  live.call.agent_text.clear();
  const MutexLock lock(mutex_);
  calls_[call.id] = std::move(live);
}

void LiveCalls::on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) {
  const MutexLock lock(mutex_);
  if (const auto found = calls_.find(call_id); found != calls_.end()) found->second.last_line = line.text;
}

void LiveCalls::on_call_event(const std::string& call_id, std::string_view kind, std::string_view detail,
                              std::int64_t /*offset_ms*/) {
  if (kind != "stage") return;
  const MutexLock lock(mutex_);
  if (const auto found = calls_.find(call_id); found != calls_.end()) found->second.stage = detail;
}

void LiveCalls::on_turn(const storage::TurnRecord& turn) {
  const MutexLock lock(mutex_);
  const auto found = calls_.find(turn.call_id);
  if (found != calls_.end()) found->second.turns = std::max(found->second.turns, turn.number);
}

void LiveCalls::on_call_ended(const std::string& call_id, const storage::CallEnd& /*end*/) {
  const MutexLock lock(mutex_);
  calls_.erase(call_id);
}

std::vector<LiveCall> LiveCalls::in_progress(const std::string& workspace) const {
  const MutexLock lock(mutex_);
  std::vector<LiveCall> calls;
  for (const LiveCall& live : calls_ | std::views::values | std::views::reverse) {
    if (live.call.workspace_id == workspace) calls.push_back(live);
  }
  return calls;
}

bool LiveCalls::is_in_progress(const std::string& workspace, const std::string& call_id) const {
  const MutexLock lock(mutex_);
  const auto found = calls_.find(call_id);
  return found != calls_.end() && found->second.call.workspace_id == workspace;
}

}  // namespace parley::control
