#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace parley
