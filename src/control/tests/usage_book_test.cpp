#include "control/usage_book.hpp"

#include <future>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/wall_millis.hpp"

namespace parley::control {
namespace {

using storage::UsageGroup;
using storage::UsageSum;
using storage::WallMillis;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr WallMillis kDay = 86'400'000;
constexpr WallMillis kHour = 3'600'000;

class UsageBookTest : public testing::Test {
 protected:
  UsageBookTest() {
    // Noon of some day.
    const auto now = now_millis(clock_);
    clock_.advance(std::chrono::milliseconds((now / kDay + 1) * kDay + 12 * kHour - now));
    today_ = now_millis(clock_) / kDay;
  }

  Result<std::vector<UsageSum>> answer(WallMillis since, WallMillis before) {
    asked_.push_back(fmt::format("{}h+{}h", (since - today_ * kDay) / kHour, (before - since) / kHour));
    if (broken_) return fail(Errc::unavailable, "away");
    return sums_;
  }
  // Of the days around today, in hours from its midnight.
  std::vector<std::string> ask(WallMillis since_hour, WallMillis before_hour,
                               const std::string& workspace = "w") {
    asked_.clear();
    const auto sums = book_.sums(workspace, today_ * kDay + since_hour * kHour,
                                 today_ * kDay + before_hour * kHour, UsageGroup::agent);
    if (!sums) return {sums.error().message};
    std::vector<std::string> out;
    for (const auto& sum : *sums)
      out.push_back(
          fmt::format("{} {} {} {}{}", sum.group, sum.calls, sum.duration_ms, sum.cost_micros, sum.currency));
    return out;
  }

  ManualClock clock_;
  std::int64_t today_ = 0;
  std::vector<std::string> asked_;
  bool broken_ = false;
  std::vector<UsageSum> sums_{{"a", 2, 1500, "INR", 10}, {"a", 2, 1500, "USD", 7}, {"b", 1, 400, "", 0}};
  UsageBook book_{[this](const std::string&, WallMillis since, WallMillis before, UsageGroup) {
                    return answer(since, before);
                  },
                  clock_};
};

TEST_F(UsageBookTest, DaysThatAreOverAreAskedForOnce) {
  EXPECT_THAT(ask(-72, 12), ElementsAre("a 8 6000 40INR", "a 8 6000 28USD", "b 4 1600 0"));
  EXPECT_THAT(asked_, ElementsAre("-72h+24h", "-48h+24h", "-24h+24h", "0h+12h"));
  EXPECT_THAT(ask(-72, 12), ElementsAre("a 8 6000 40INR", "a 8 6000 28USD", "b 4 1600 0"));
  EXPECT_THAT(asked_, ElementsAre("0h+12h"));
}

TEST_F(UsageBookTest, PartsOfDaysAtBothEndsAreAlwaysAskedFor) {
  ask(-30, 12);
  EXPECT_THAT(asked_, ElementsAre("-24h+24h", "-30h+6h", "0h+12h"));
  ask(-30, 6);
  EXPECT_THAT(asked_, ElementsAre("-30h+6h", "0h+6h"));
}

TEST_F(UsageBookTest, ADayThatHasJustEndedIsNotKept) {
  clock_.advance(std::chrono::hours(13));  // one in the morning after
  ask(0, 25);
  ask(0, 25);
  EXPECT_THAT(asked_, ElementsAre("0h+25h"));
  clock_.advance(std::chrono::hours(1));
  ask(0, 25);
  EXPECT_THAT(asked_, ElementsAre("0h+24h", "24h+1h"));
}

TEST_F(UsageBookTest, WhatWasKeptIsAskedForAgainAfterAWhile) {
  ask(-24, 0);
  ask(-24, 0);
  EXPECT_THAT(asked_, IsEmpty());
  clock_.advance(UsageBook::kKeep + std::chrono::seconds(1));
  ask(-24, 0);
  EXPECT_THAT(asked_, ElementsAre("-24h+24h"));
}

TEST_F(UsageBookTest, OneWhoseSumsTakeLongKeepsNobodyElseWaiting) {
  std::promise<void> reached;
  std::promise<void> go_on;
  UsageBook book(
      [&](const std::string& workspace, WallMillis, WallMillis, UsageGroup) -> Result<std::vector<UsageSum>> {
        if (workspace == "slow") {
          reached.set_value();
          go_on.get_future().wait();
        }
        return sums_;
      },
      clock_);
  const auto ask_for = [&](const char* workspace) {
    return book.sums(workspace, (today_ - 1) * kDay, today_ * kDay, UsageGroup::agent);
  };
  auto slow = std::async(std::launch::async, ask_for, "slow");
  reached.get_future().wait();
  EXPECT_TRUE(ask_for("quick"));
  go_on.set_value();
  EXPECT_TRUE(slow.get());
}

TEST_F(UsageBookTest, WorkspacesAreKeptApart) {
  ask(-24, 0);
  ask(-24, 0, "other");
  EXPECT_THAT(asked_, ElementsAre("-24h+24h"));
}

TEST_F(UsageBookTest, SpansWithoutAWholeDayOrWithTooManyAreAskedForAsTheyAre) {
  ask(-20, -10);
  EXPECT_THAT(asked_, ElementsAre("-20h+10h"));
  ask(-24 * (UsageBook::kMostDays + 2), 12);
  EXPECT_EQ(asked_.size(), 1U);
  ask(20, 10);
  EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(UsageBookTest, AnErrorIsPassedOnAndNotKept) {
  broken_ = true;
  EXPECT_THAT(ask(-24, 0), ElementsAre("away"));
  broken_ = false;
  EXPECT_THAT(ask(-24, 0), ElementsAre("a 2 1500 10INR", "a 2 1500 7USD", "b 1 400 0"));
}

}  // namespace
}  // namespace parley::control
