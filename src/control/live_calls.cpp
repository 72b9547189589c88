#include "control/live_calls.hpp"

#include <algorithm>
#include <ranges>

#include <boost/asio/post.hpp>

namespace parley::control {

template <class Change>
void LiveCalls::change(std::string call_id, Change change) {
  async::asio::post(control_, [this, call_id = std::move(call_id), change = std::move(change)]() mutable {
    const MutexLock lock(mutex_);
    if (const auto found = calls_.find(call_id); found != calls_.end()) change(found->second);
  });
}

void LiveCalls::on_call_started(const storage::CallRecord& call) {
  LiveCall live;
  live.call = call;
  live.call.agent_text.clear();
  async::asio::post(control_, [this, live = std::move(live)]() mutable {
    const MutexLock lock(mutex_);
    std::string id = live.call.id;
    calls_[std::move(id)] = std::move(live);
  });
}

void LiveCalls::on_transcript_line(const std::string& call_id, const engine::TranscriptLine& line) {
  change(call_id, [text = line.text](LiveCall& live) mutable { live.last_line = std::move(text); });
}

void LiveCalls::on_call_event(const std::string& call_id, std::string_view kind, std::string_view detail,
                              std::int64_t /*offset_ms*/) {
  if (kind != "stage") return;
  change(call_id, [stage = std::string(detail)](LiveCall& live) mutable { live.stage = std::move(stage); });
}

void LiveCalls::on_turn(const storage::TurnRecord& turn) {
  change(turn.call_id, [number = turn.number](LiveCall& live) { live.turns = std::max(live.turns, number); });
}

void LiveCalls::on_call_ended(const std::string& call_id, const storage::CallEnd& /*end*/) {
  async::asio::post(control_, [this, call_id] {
    const MutexLock lock(mutex_);
    calls_.erase(call_id);
  });
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
