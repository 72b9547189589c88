#include <atomic>
#include <limits>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "storage/cache.hpp"

namespace parley::storage {
namespace {

using namespace std::chrono_literals;

class MemoryCacheTest : public testing::Test {
 protected:
  ManualClock clock_;
  std::unique_ptr<Cache> cache_ = make_memory_cache(clock_, 3);
};

TEST_F(MemoryCacheTest, keeps_a_value_for_its_time_and_no_longer) {
  cache_->put("a", "1", 10s);
  clock_.advance(9'999ms);
  EXPECT_EQ(cache_->get("a"), "1");
  clock_.advance(1ms);
  EXPECT_EQ(cache_->get("a"), std::nullopt);
  cache_->put("a", "", 10s);
  EXPECT_EQ(cache_->get("a"), "") << "an empty value is one";
}

TEST_F(MemoryCacheTest, a_value_put_again_has_a_time_of_its_own) {
  cache_->put("a", "1", 10s);
  clock_.advance(9s);
  cache_->put("a", "2", 10s);
  clock_.advance(9s);
  EXPECT_EQ(cache_->get("a"), "2");
  cache_->put("a", "3", 0s);
  EXPECT_EQ(cache_->get("a"), std::nullopt) << "kept for no time is forgotten";
}

TEST_F(MemoryCacheTest, a_value_is_taken_once) {
  cache_->put("a", "1", 10s);
  EXPECT_EQ(cache_->take("a"), "1");
  EXPECT_EQ(cache_->take("a"), std::nullopt);
  cache_->put("a", "1", 10s);
  clock_.advance(10s);
  EXPECT_EQ(cache_->take("a"), std::nullopt) << "and not when its time is over";
  cache_->put("a", "1", 10s);
  cache_->forget("a");
  cache_->forget("never there");
  EXPECT_EQ(cache_->get("a"), std::nullopt);
}

TEST_F(MemoryCacheTest, of_many_who_take_at_once_one_gets_it) {
  const auto cache = make_memory_cache(system_clock());
  for (int round = 0; round < 50; ++round) {
    cache->put("token", "x", 1h);
    std::atomic<int> got = 0;
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        if (cache->take("token")) ++got;
      });
    }
    threads.clear();
    ASSERT_EQ(got, 1);
  }
}

TEST_F(MemoryCacheTest, a_counter_starts_anew_a_window_after_its_first_addition) {
  EXPECT_EQ(cache_->count("ip", 60s), 1);
  clock_.advance(40s);
  EXPECT_EQ(cache_->count("ip", 60s, 5), 6);
  clock_.advance(19s);
  EXPECT_EQ(cache_->count("ip", 60s), 7) << "later additions do not make the window longer";
  EXPECT_EQ(cache_->get("ip"), "7");
  clock_.advance(1s);
  EXPECT_EQ(cache_->count("ip", 60s), 1);
}

TEST_F(MemoryCacheTest, no_addition_is_lost_between_threads) {
  const auto cache = make_memory_cache(system_clock());
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        for (int n = 0; n < 1000; ++n)
          cache->count("hits", 1h);
      });
    }
  }
  EXPECT_EQ(cache->count("hits", 1h, 0), 4000);
}

TEST_F(MemoryCacheTest, a_counter_at_the_end_of_its_range_stays_there) {
  constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(cache_->count("a", 60s, kMost), kMost);
  EXPECT_EQ(cache_->count("a", 60s), kMost);
  cache_->put("b", "not a number", 60s);
  EXPECT_EQ(cache_->count("b", 60s), 1);
}

TEST_F(MemoryCacheTest, the_oldest_entries_make_room_for_new_ones) {
  cache_->put("a", "1", 1h);
  cache_->put("b", "2", 1h);
  cache_->put("c", "3", 1h);
  cache_->put("a", "4", 1h);  // now the newest
  cache_->count("d", 1h);
  EXPECT_EQ(cache_->get("b"), std::nullopt);
  EXPECT_EQ(cache_->get("a"), "4");
  EXPECT_EQ(cache_->get("c"), "3");
  EXPECT_EQ(cache_->get("d"), "1");
}

TEST_F(MemoryCacheTest, an_endless_time_does_not_overflow) {
  cache_->put("a", "1", std::chrono::milliseconds::max());
  clock_.advance(24h);
  EXPECT_EQ(cache_->get("a"), "1");
}

}  // namespace
}  // namespace parley::storage
