#include "control/overview.hpp"

#include <algorithm>

#include "base/wall_millis.hpp"

namespace parley::control {

using storage::WallMillis;

Result<Overview> OverviewBook::since(const std::string& workspace, WallMillis since) {
  const MutexLock lock(mutex_);
  const SteadyTime now = d_.clock.now();
  std::erase_if(kept_, [now](const auto& entry) { return entry.second.until <= now; });
  const std::pair key{workspace, since};
  if (const auto found = kept_.find(key); found != kept_.end()) return found->second.overview;
  auto overview = reckon(workspace, since);
  if (!overview) return overview;
  const bool is_long = now_millis(d_.clock) - since > std::chrono::milliseconds(kLong).count();
  if (kept_.size() < kMostKept) kept_[key] = {*overview, now + (is_long ? kKeepLong : kKeep)};
  return overview;
}

Result<Overview> OverviewBook::reckon(const std::string& workspace, WallMillis since) {
  // A call that begins while this is being reckoned is one of the span.
  const WallMillis before = now_millis(d_.clock) + 1;
  Overview overview;
  auto tally = d_.calls.tally(workspace, since, before);
  if (!tally) return fail(std::move(tally.error()));
  overview.tally = *tally;
  auto sums = d_.usage.sums(workspace, since, before, storage::UsageGroup::day);
  if (!sums) return fail(std::move(sums.error()));
  for (const storage::UsageSum& sum : *sums) {
    if (!sum.currency.empty()) overview.cost_micros[sum.currency] += sum.cost_micros;
  }
  auto checklist = look(workspace);
  if (!checklist) return fail(std::move(checklist.error()));
  overview.checklist = *checklist;
  return overview;
}

Result<Checklist> OverviewBook::look(const std::string& workspace) {
  Checklist list;
  list.public_url = !d_.public_url.empty();
  auto keys = d_.store.list_provider_keys(workspace);
  if (!keys) return fail(std::move(keys.error()));
  list.keys_set = !keys->empty() || d_.has_server_keys(workspace);
  auto numbers = d_.store.list_phone_numbers(workspace);
  if (!numbers) return fail(std::move(numbers.error()));
  list.number_imported = !numbers->empty();
  auto agents = d_.store.list_agents(workspace);
  if (!agents) return fail(std::move(agents.error()));
  list.agent_published =
      std::ranges::any_of(*agents, [](const storage::AgentRow& row) { return row.published_version > 0; });

  for (const char* channel : {"chat", "web"}) {
    if (talked_.contains(workspace)) break;
    auto sessions = d_.store.list_sessions(workspace, channel, {.after = {}, .limit = 1});
    if (!sessions) return fail(std::move(sessions.error()));
    if (!sessions->empty()) talked_.insert(workspace);
  }
  if (!talked_.contains(workspace) || !phoned_.contains(workspace)) {
    auto seen = d_.calls.seen(workspace, kSimulator);
    if (!seen) return fail(std::move(seen.error()));
    if (seen->from_browser) talked_.insert(workspace);
    if (seen->by_phone) phoned_.insert(workspace);
  }
  list.talked_to_agent = talked_.contains(workspace);
  list.phone_call_taken = phoned_.contains(workspace);
  return list;
}

}  // namespace parley::control
