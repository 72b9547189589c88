// What was used, by whole days: a day that is over is summed up once and kept for a while, so that a page
// with a month on it asks the call log for today only.
//
// What is kept of a day that is over may miss what changed since (a call that was removed, a price that came
// late) for kKeep; today and parts of days are always asked for.
//
// Thread: any that may block (pools); nobody waits for another's sums. Two who ask for the same day at once
// may both sum it up. Lifetime: the clock outlives it.
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

class UsageBook {
 public:
  static constexpr std::chrono::minutes kKeep{10};
  // A call that goes on over midnight ends before this, and its costs are written.
  static constexpr std::chrono::hours kSettled{2};
  // More days than this at once are not summed up one by one.
  static constexpr std::int64_t kMostDays = 400;
  static constexpr std::size_t kMostKept = 10'000;

  // storage::CallStore::sum_usage
  using Ask = std::function<Result<std::vector<storage::UsageSum>>(
      const std::string& workspace, storage::WallMillis since, storage::WallMillis before,
      storage::UsageGroup group)>;
  UsageBook(Ask ask, const Clock& clock) : ask_(std::move(ask)), clock_(clock) {}

  // As storage::CallStore::sum_usage; `workspace` is one.
  Result<std::vector<storage::UsageSum>> sums(const std::string& workspace, storage::WallMillis since,
                                              storage::WallMillis before, storage::UsageGroup group);

 private:
  struct Key {
    std::string workspace;
    storage::UsageGroup group;
    std::int64_t day;  // since 1970
    friend auto operator<=>(const Key&, const Key&) = default;
  };
  struct Kept {
    std::vector<storage::UsageSum> sums;
    storage::WallMillis made_at = 0;
  };
  using Sums = std::vector<storage::UsageSum>;
  Result<Sums> sums_of_day(const std::string& workspace, std::int64_t day, storage::UsageGroup group);
  void forget_old();

  const Ask ask_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<Key, Kept> days_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace parley::control
