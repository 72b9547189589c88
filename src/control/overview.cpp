#include "control/overview.hpp"

#include <algorithm>

#include "base/wall_millis.hpp"

namespace parley::control {

using storage::WallMillis;

namespace {

constexpr WallMillis kMinute = 60'000;

}  // namespace

Result<Overview> OverviewBook::since(const std::string& workspace, WallMillis since) {
  if (since < 0 || now_millis(d_.clock) - since > std::chrono::milliseconds(kLongest).count())
    return fail(Errc::invalid_argument, "must be at most 400 days ago");
  // Pages that were opened at different seconds of a minute share what is reckoned.
  since -= since % kMinute;
  Known known;
  auto kept = kept_or_turn(workspace, since, known);
  if (!kept) return fail(std::move(kept.error()));
  if (*kept) return std::move(**kept);
  auto overview = reckon(workspace, since, known);
  done(workspace, known, overview);
  return overview;
}

Result<std::optional<Overview>> OverviewBook::kept_or_turn(const std::string& workspace, WallMillis since,
                                                           Known& known) {
  const MutexLock lock(mutex_);
  Desk& desk = desks_[workspace];
  while (true) {
    const auto found = desk.kept.find(since);
    if (found != desk.kept.end() && (desk.reckoning || d_.clock.now() < found->second.until))
      return std::optional(found->second.overview);
    if (!desk.reckoning) break;
    if (desk.waiting >= kMostWaiting)
      return fail(Errc::overloaded, "the overview is asked for too often: try again in a moment");
    ++desk.waiting;
    reckoned_.wait(mutex_);
    --desk.waiting;
  }
  desk.reckoning = true;
  known = desk.known;
  return std::optional<Overview>();
}

void OverviewBook::done(const std::string& workspace, const Known& known, const Result<Overview>& overview) {
  const MutexLock lock(mutex_);
  const SteadyTime now = d_.clock.now();
  Desk& desk = desks_[workspace];
  desk.reckoning = false;
  desk.known = known;
  std::erase_if(desk.kept, [now](const auto& entry) { return entry.second.until + kKeepOld <= now; });
  if (overview) {
    if (desk.kept.size() >= kMostKept)
      desk.kept.erase(
          std::ranges::min_element(desk.kept, {}, [](const auto& entry) { return entry.second.until; }));
    const bool is_long = now_millis(d_.clock) - overview->since > std::chrono::milliseconds(kLong).count();
    desk.kept.insert_or_assign(overview->since, Kept{*overview, now + (is_long ? kKeepLong : kKeep)});
  }
  reckoned_.notify_all();
}

Result<Overview> OverviewBook::reckon(const std::string& workspace, WallMillis since, Known& known) {
  // A call that begins while this is being reckoned is one of the span.
  const WallMillis before = now_millis(d_.clock) + 1;
  Overview overview;
  overview.since = since;
  auto tally = d_.calls.tally(workspace, since, before);
  if (!tally) return fail(std::move(tally.error()));
  overview.tally = *tally;
  auto sums = d_.usage.sums(workspace, since, before, storage::UsageGroup::day);
  if (!sums) return fail(std::move(sums.error()));
  for (const storage::UsageSum& sum : *sums) {
    if (!sum.currency.empty()) overview.cost_micros[sum.currency] += sum.cost_micros;
  }
  auto checklist = look(workspace, known);
  if (!checklist) return fail(std::move(checklist.error()));
  overview.checklist = *checklist;
  return overview;
}

Result<Checklist> OverviewBook::look(const std::string& workspace, Known& known) {
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
    if (known.talked) break;
    auto sessions = d_.store.list_sessions(workspace, channel, {.after = {}, .limit = 1});
    if (!sessions) return fail(std::move(sessions.error()));
    known.talked = !sessions->empty();
  }
  if (!known.talked || !known.phoned) {
    auto seen = d_.calls.seen(workspace, kSimulator);
    if (!seen) return fail(std::move(seen.error()));
    known.talked |= seen->from_browser;
    known.phoned |= seen->by_phone;
  }
  list.talked_to_agent = known.talked;
  list.phone_call_taken = known.phoned;
  return list;
}

}  // namespace parley::control
