#include "control/rate_limit.hpp"

#include <gtest/gtest.h>

namespace parley::control {
namespace {

using namespace std::chrono_literals;

TEST(RateLimit, LetsABurstThroughAndThenAsManyAsComeBack) {
  ManualClock clock;
  RateLimit limit(clock, {.per_second = 2, .burst = 3, .max_keys = 10});
  for (int i = 0; i < 3; ++i)
    EXPECT_FALSE(limit.take("a")) << i;
  EXPECT_EQ(limit.take("a"), 500ms);
  clock.advance(200ms);
  EXPECT_EQ(limit.take("a"), 300ms);
  clock.advance(300ms);
  EXPECT_FALSE(limit.take("a"));
  EXPECT_EQ(limit.take("a"), 500ms);
}

TEST(RateLimit, TellsATimeAfterWhichTheNextRequestPasses) {
  ManualClock clock;
  RateLimit limit(clock, {.per_second = 7, .burst = 1, .max_keys = 10});
  EXPECT_FALSE(limit.take("a"));
  for (int i = 0; i < 20; ++i) {
    const auto wait = limit.take("a");
    ASSERT_TRUE(wait);
    EXPECT_GT(*wait, 0ms);
    clock.advance(*wait);
    EXPECT_FALSE(limit.take("a"));
  }
}

TEST(RateLimit, ARefusedRequestCostsNothing) {
  ManualClock clock;
  RateLimit limit(clock, {.per_second = 1, .burst = 1, .max_keys = 10});
  EXPECT_FALSE(limit.take("a"));
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(limit.take("a"), 1000ms);
  clock.advance(1s);
  EXPECT_FALSE(limit.take("a"));
}

TEST(RateLimit, AClientDoesNotFeelTheOthers) {
  ManualClock clock;
  RateLimit limit(clock, {.per_second = 1, .burst = 1, .max_keys = 10});
  EXPECT_FALSE(limit.take("a"));
  EXPECT_TRUE(limit.take("a"));
  EXPECT_FALSE(limit.take("b"));
}

TEST(RateLimit, AMonthOfRestGivesOneBurstAndNoMore) {
  ManualClock clock;
  RateLimit limit(clock, {.per_second = 1, .burst = 2, .max_keys = 10});
  EXPECT_FALSE(limit.take("a"));
  clock.advance(std::chrono::hours(24 * 30));
  EXPECT_FALSE(limit.take("a"));
  EXPECT_FALSE(limit.take("a"));
  EXPECT_TRUE(limit.take("a"));
}

TEST(RateLimit, ManyKeysTakeBoundedMemoryAndTheOldestIsForgottenFirst) {
  ManualClock clock;
  RateLimit limit(clock, {.per_second = 0.001, .burst = 1, .max_keys = 100});
  EXPECT_FALSE(limit.take("busy"));
  for (int i = 0; i < 10'000; ++i) {
    EXPECT_FALSE(limit.take("key " + std::to_string(i)));
    EXPECT_TRUE(limit.take("busy"));  // who goes on asking is not forgotten
    EXPECT_LE(limit.keys(), 100U);
  }
}

TEST(RateLimit, RestedKeysAreForgotten) {
  ManualClock clock;
  RateLimit limit(clock, {.per_second = 10, .burst = 5, .max_keys = 1000});
  for (int i = 0; i < 100; ++i)
    limit.take("key " + std::to_string(i));
  EXPECT_EQ(limit.keys(), 100U);
  clock.advance(1s);
  for (int i = 0; i < 60; ++i)
    limit.take("still here");
  EXPECT_EQ(limit.keys(), 1U);
}

TEST(ClientKey, IsTheNetworkOfAnIpv6AddressAndElseTheAddress) {
  EXPECT_EQ(client_key("203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client_key("::ffff:203.0.113.7"), "203.0.113.7");
  EXPECT_EQ(client_key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_key("2001:db8:1:2:ffff::1"), client_key("2001:db8:1:2::9"));
  EXPECT_EQ(client_key("fe80::1%eth0"), "fe80::/64");
  EXPECT_EQ(client_key(""), "");
}

}  // namespace
}  // namespace parley::control
