#include "engine/sample_clock.hpp"

#include <gtest/gtest.h>

namespace parley::engine {
namespace {

using std::chrono::milliseconds;

struct SampleClockTest : ::testing::Test {
  SteadyTime start{std::chrono::hours(1)};
  SampleClock clock{8000, start};
  SteadyTime at(int ms) const { return start + milliseconds(ms); }
};

TEST_F(SampleClockTest, RunsWithTheMonotonicClockWhenNothingComes) {
  EXPECT_EQ(clock.now(at(0)), 0);
  EXPECT_EQ(clock.now(at(1000)), 8000);
}

TEST_F(SampleClockTest, ReceivedAudioIsContiguousWhileItIsLateByLessThanAGap) {
  EXPECT_EQ(clock.on_received(1600, at(200)), 0);
  EXPECT_EQ(clock.on_received(1600, at(450)), 1600);
  EXPECT_EQ(clock.on_received(1600, at(700)), 3200);
  EXPECT_EQ(clock.received(), 4800);
}

TEST_F(SampleClockTest, MissingAudioLeavesAGap) {
  clock.on_received(160, at(20));
  EXPECT_EQ(clock.on_received(160, at(1020)), 8000) << "ends now: 8160";
  EXPECT_EQ(clock.received(), 8160);
}

TEST_F(SampleClockTest, AFastCarrierPushesTheClockForwardForGood) {
  clock.on_received(8000, at(500));
  EXPECT_EQ(clock.now(at(500)), 8000);
  EXPECT_EQ(clock.now(at(600)), 8800)
      << "it goes on from there, it does not stand still until time has caught up";
}

TEST_F(SampleClockTest, AudioThatWasLateAndComesInABurstDoesNotPushTheClock) {
  for (int i = 1; i <= 500; ++i)
    clock.on_received(160, at(20 * i));
  // Two seconds of nothing, then all of it at once.
  for (int i = 0; i < 100; ++i)
    clock.on_received(160, at(12000));
  EXPECT_EQ(clock.now(at(12000)), 96000);
  EXPECT_EQ(clock.now(at(13000)), 104000);
}

TEST_F(SampleClockTest, NeverRunsBackwards) {
  std::int64_t last = 0;
  for (int ms = 0; ms < 5000; ms += 7) {
    if (ms % 3 == 0) clock.on_received(static_cast<std::size_t>(ms % 400), at(ms));
    const std::int64_t now = clock.now(at(ms));
    ASSERT_GE(now, last);
    last = now;
  }
}

TEST_F(SampleClockTest, SteadyAtIsTheInverseOfNow) {
  clock.on_received(8000, at(500));
  const SteadyTime then = clock.steady_at(16000);
  EXPECT_EQ(clock.now(then), 16000);
}

}  // namespace
}  // namespace parley::engine
