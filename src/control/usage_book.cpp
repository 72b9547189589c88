#include "control/usage_book.hpp"

#include <algorithm>
#include <utility>

#include "base/wall_millis.hpp"

namespace parley::control {
namespace {

using storage::UsageSum;
using storage::WallMillis;

constexpr WallMillis kDayMs = 86'400'000;

// Several spans' sums as those of one.
class Total {
 public:
  void add(const std::vector<UsageSum>& sums) {
    const std::string* last = nullptr;
    for (const UsageSum& sum : sums) {
      Group& group = groups_[sum.group];
      // A group's rows differ in their currency alone.
      if (last == nullptr || *last != sum.group) {
        group.calls += sum.calls;
        group.duration_ms += sum.duration_ms;
      }
      last = &sum.group;
      if (!sum.currency.empty()) group.micros[sum.currency] += sum.cost_micros;
    }
  }

  std::vector<UsageSum> rows() const {
    std::vector<UsageSum> rows;
    for (const auto& [name, group] : groups_) {
      UsageSum row{name, group.calls, group.duration_ms, "", 0};
      if (group.micros.empty()) rows.push_back(row);
      for (const auto& [currency, micros] : group.micros) {
        row.currency = currency;
        row.cost_micros = micros;
        rows.push_back(row);
      }
    }
    return rows;
  }

 private:
  struct Group {
    std::int64_t calls = 0;
    std::int64_t duration_ms = 0;
    std::map<std::string, std::int64_t> micros;
  };
  std::map<std::string, Group> groups_;
};

}  // namespace

Result<std::vector<UsageSum>> UsageBook::sums(const std::string& workspace, WallMillis since,
                                              WallMillis before, storage::UsageGroup group) {
  const WallMillis settled = now_millis(clock_) - std::chrono::milliseconds(kSettled).count();
  const std::int64_t first_day = (since + kDayMs - 1) / kDayMs;
  const std::int64_t end_day = std::min(before, settled) / kDayMs;  // the first that is not summed up whole
  if (since < 0 || end_day <= first_day || end_day - first_day > kMostDays)
    return ask_(workspace, since, before, group);
  forget_old();
  Total total;
  for (std::int64_t day = first_day; day < end_day; ++day) {
    auto sums = sums_of_day(workspace, day, group);
    if (!sums) return sums;
    total.add(*sums);
  }
  for (const auto& [from, to] : {std::pair{since, first_day * kDayMs}, std::pair{end_day * kDayMs, before}}) {
    if (from >= to) continue;
    auto sums = ask_(workspace, from, to, group);
    if (!sums) return sums;
    total.add(*sums);
  }
  return total.rows();
}

Result<UsageBook::Sums> UsageBook::sums_of_day(const std::string& workspace, std::int64_t day,
                                               storage::UsageGroup group) {
  const Key key{workspace, group, day};
  {
    const MutexLock lock(mutex_);
    if (const auto found = days_.find(key); found != days_.end()) return found->second.sums;
  }
  const WallMillis made_at = now_millis(clock_);
  auto sums = ask_(workspace, day * kDayMs, (day + 1) * kDayMs, group);
  if (!sums) return sums;
  const MutexLock lock(mutex_);
  if (days_.size() < kMostKept) days_[key] = {*sums, made_at};
  return sums;
}

void UsageBook::forget_old() {
  const WallMillis oldest = now_millis(clock_) - std::chrono::milliseconds(kKeep).count();
  const MutexLock lock(mutex_);
  std::erase_if(days_, [oldest](const auto& day) { return day.second.made_at < oldest; });
}

}  // namespace parley::control
