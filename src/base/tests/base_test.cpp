#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"

namespace parley {
namespace {

using ::testing::HasSubstr;

TEST(Ids, AreDistinctAndSortByTheTimeOfMaking) {
  std::set<std::string> ids;
  for (int i = 0; i < 1000; ++i)
    ids.insert(make_id());
  EXPECT_EQ(ids.size(), 1000U);
  for (const auto& id : ids)
    EXPECT_EQ(id.size(), 26U);
  EXPECT_EQ(ids.begin()->substr(0, 4), ids.rbegin()->substr(0, 4));
}

TEST(Ids, TokensHaveTheEntropyTheyPromise) {
  EXPECT_EQ(random_token(24).size(), 32U);
  EXPECT_EQ(random_token(1).size(), 2U);
  EXPECT_NE(random_token(24), random_token(24));
}

TEST(Ids, ConstantTimeEqualIsEquality) {
  EXPECT_TRUE(constant_time_equal("secret", "secret"));
  EXPECT_FALSE(constant_time_equal("secret", "secreT"));
  EXPECT_FALSE(constant_time_equal("secret", "secret2"));
  EXPECT_TRUE(constant_time_equal("", ""));
}

TEST(Errors, AreDescribedWithTheirKind) {
  EXPECT_EQ(describe({Errc::not_found, "no agent named 'x'"}), "not found: no agent named 'x'");
  EXPECT_EQ(describe({Errc::timeout, ""}), "timed out");
}

TEST(Metrics, TheSameNameAndLabelsGiveTheSameValue) {
  metrics::Registry registry;
  registry.counter("calls_total", "Calls.", {{"end", "caller"}}).add(2);
  registry.counter("calls_total", "Calls.", {{"end", "caller"}}).add();
  registry.counter("calls_total", "Calls.", {{"end", "agent"}}).add();
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("calls_total{end=\"caller\"} 3"));
  EXPECT_THAT(text, HasSubstr("calls_total{end=\"agent\"} 1"));
}

TEST(Metrics, HistogramBucketsAreCumulativeAndCountTheBoundItself) {
  metrics::Registry registry;
  auto& histogram = registry.histogram("turn_seconds", "Turns.", {0.1, 1});
  histogram.observe(0.1);
  histogram.observe(0.5);
  histogram.observe(7);
  const std::string text = registry.expose();
  EXPECT_THAT(text, HasSubstr("turn_seconds_bucket{le=\"0.1\"} 1"));
  EXPECT_THAT(text, HasSubstr("turn_seconds_bucket{le=\"1\"} 2"));
  EXPECT_THAT(text, HasSubstr("turn_seconds_bucket{le=\"+Inf\"} 3"));
  EXPECT_THAT(text, HasSubstr("turn_seconds_count 3"));
}

TEST(UtcTime, IsReadInEveryFormOfTheStandard) {
  constexpr std::int64_t kAt = 1'763'712'000'000;
  EXPECT_EQ(utc_time(kAt), "2025-11-21T08:00:00.000Z");
  for (const char* text : {"2025-11-21T08:00:00Z", "2025-11-21T08:00:00.000Z", "2025-11-21t08:00:00z",
                           "2025-11-21T13:30:00+05:30", "2025-11-21T00:00:00.0-08:00"})
    EXPECT_EQ(parse_utc_time(text), kAt) << text;
  EXPECT_EQ(parse_utc_time("2025-11-21T08:00:00.123456Z"), kAt + 123);
  EXPECT_EQ(parse_utc_time("2024-02-29T00:00:00.5Z"), 1'709'164'800'500);
}

TEST(UtcTime, IsRefusedWhenThereIsNoSuchTime) {
  for (const char* text :
       {"", "2025-11-21", "2025-11-21T08:00:00", "2025-02-29T00:00:00Z", "2025-13-01T00:00:00Z",
        "2025-11-21T24:00:00Z", "2025-11-21T08:60:00Z", "2025-11-21T08:00:00Zx", "2025-11-21T08:00:00.Z",
        "1969-12-31T23:59:59Z", "2025-11-21T08:00:00+99:99", "-025-11-21T08:00:00Z", "2025-11-21T08:00:0"})
    EXPECT_EQ(parse_utc_time(text), std::nullopt) << text;
}

}  // namespace
}  // namespace parley
