#include "control/live_calls.hpp"

#include <algorithm>
#include <ranges>

#include <boost/asio/post.hpp>

namespace parley::control {
namespace {

// An agent's stages ask for a few; a model may make up more.
constexpr std::size_t kMostSlots = 50;

}  // namespace

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
  if (kind == "stage")
    change(call_id, [stage = std::string(detail)](LiveCall& live) mutable { live.stage = std::move(stage); });
  const auto equals = detail.find('=');
  if (kind != "slot" || equals == std::string_view::npos) return;
  change(call_id, [name = std::string(detail.substr(0, equals)),
                   value = std::string(detail.substr(equals + 1))](LiveCall& live) mutable {
    if (live.slots.size() < kMostSlots || live.slots.contains(name))
      live.slots[std::move(name)] = std::move(value);
  });
}

void LiveCalls::on_turn(const storage::TurnRecord& turn) {
  change(turn.call_id,
         [number = turn.number, spoken = turn.input_kind == "speech", ms = turn.sent_ms](LiveCall& live) {
           live.turns = std::max(live.turns, number);
           if (spoken && ms >= 0) live.last_response_ms = ms;
         });
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

std::size_t LiveCalls::count(const std::string& workspace) const {
  const MutexLock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(
      calls_, [&](const auto& entry) { return entry.second.call.workspace_id == workspace; }));
}

bool LiveCalls::is_in_progress(const std::string& workspace, const std::string& call_id) const {
  const MutexLock lock(mutex_);
  const auto found = calls_.find(call_id);
  return found != calls_.end() && found->second.call.workspace_id == workspace;
}

}  // namespace parley::control
