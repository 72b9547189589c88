// What a process that died has left of the offline way: from the call log, what there is still to do of each
// call. Whatever was finished, or was given up, is left alone; nobody is called back.
#include <algorithm>

#include "async/on_pool.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/carrier_desk_parts.hpp"
#include "control/offline_calls.hpp"

namespace parley::control {
namespace {

const log::Logger kLog("control");

// Whoever works on one writes each of its steps and tries down; between two of them lie a pause of five
// minutes at most (offline_calls.cpp) and the time that a try takes.
constexpr std::chrono::minutes kSurelyLeft{15};
constexpr storage::WallMillis kWorthTaking = 24L * 3600 * 1000;
constexpr int kMostResumed = 500;

bool has_event(const storage::CallDetail& call, std::string_view kind) {
  return std::ranges::any_of(call.events, [&](const auto& event) { return event.kind == kind; });
}

// By the words of the row: it was told of as a recording, ended by its status callback only, or nobody was
// there when the carrier told of it.
Result<std::vector<std::string>> candidates(storage::CallStore& calls, storage::CallFilter filter) {
  std::vector<std::string> ids;
  const auto add = [&]() -> Result<void> {
    auto listed = calls.list_calls(filter);
    if (!listed) return fail(std::move(listed.error()));
    for (const storage::CallSummary& one : *listed) {
      if (booked_of(one).streams == 0) ids.push_back(one.call.id);
    }
    return {};
  };
  for (const char* reason : {"recorded", "ended without a stream"}) {
    filter.outcome = reason;
    if (auto added = add(); !added) return fail(std::move(added.error()));
  }
  filter.outcome.clear();
  filter.status = storage::CallStatus::ringing;
  if (auto added = add(); !added) return fail(std::move(added.error()));
  return ids;
}

// Another node may be at it: something of it was written down a short while ago. Nobody is at one whose last
// event is that it was given up.
bool may_be_worked_on(const storage::CallDetail& call, storage::WallMillis now) {
  storage::WallMillis last = call.summary.end.ended_at;
  if (!call.events.empty() && call.events.back().kind == "offline_failed") return false;
  for (const storage::EventRecord& event : call.events)
    last = std::max(last, event.at);
  for (const storage::TurnRecord& turn : call.turns)
    last = std::max(last, turn.started_at);
  if (call.transcript) last = std::max(last, call.transcript->made_at);
  return now - last < std::chrono::milliseconds(kSurelyLeft).count();
}

}  // namespace

std::optional<OfflineCalls::Job> OfflineCalls::left_of(const storage::CallDetail& detail) {
  const storage::CallSummary& summary = detail.summary;
  const bool offline = summary.end.reason == "recorded" || has_event(detail, kOfflineRecord) ||
                       has_event(detail, "carrier_recording");
  if (!offline || has_event(detail, "offline_answer")) return std::nullopt;
  if (detail.transcript && !detail.transcript->error.empty()) return std::nullopt;
  const bool given_up = has_event(detail, "offline_failed");
  // A file that did not come may have come by now.
  if (given_up && (summary.recording || summary.carrier_recording_url.empty())) return std::nullopt;
  Job job{.call = booked_of(summary), .url = summary.carrier_recording_url, .may_call_back = false};
  job.open = !storage::is_final(summary.status);
  job.kept = summary.recording && summary.recording->complete;
  const auto turn = std::ranges::find(detail.turns, 1, &storage::TurnRecord::number);
  if (turn != detail.turns.end()) {
    // Only what stands behind the answer is missing.
    if (!turn->agent_text.empty()) return std::nullopt;
    job.turn = *turn;
  }
  return job;
}

async::Task<> OfflineCalls::resume() {
  const storage::WallMillis now = now_millis(d_.clock);
  std::function<Result<std::vector<Job>>()> look = [this, now]() -> Result<std::vector<Job>> {
    storage::CallFilter filter;
    filter.since = now - kWorthTaking;
    filter.before = now - std::chrono::milliseconds(kSurelyLeft).count();
    filter.limit = kMostResumed;
    auto ids = candidates(d_.calls, filter);
    if (!ids) return fail(std::move(ids.error()));
    std::vector<Job> left;
    for (const std::string& id : *ids) {
      const auto detail = d_.calls.find_call(id);
      if (!detail || may_be_worked_on(*detail, now)) continue;  // removed meanwhile, or not left yet
      if (auto job = left_of(*detail)) left.push_back(std::move(*job));
    }
    return left;
  };
  auto left = co_await async::on_pool(d_.executor, d_.pool, std::move(look));
  if (!left) {
    kLog.warn("recordings that were left are not looked for: {}", describe(left.error()));
    co_return;
  }
  for (Job& job : *left) {
    if (stopping_ || !taken_.insert(job.call.call_id).second) continue;
    waiting_.push_back(std::move(job));
  }
  start_next();
}

async::Task<> OfflineCalls::resume_all() {
  co_await resume();
  // Those of the last minutes before this process began may have been another's still.
  co_await rest(kSurelyLeft);
  co_await resume();
}

}  // namespace parley::control
