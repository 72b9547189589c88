#include <atomic>
#include <future>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "async/blocking_pool.hpp"
#include "async/guarded.hpp"
#include "async/shard.hpp"
#include "async/task_group.hpp"

namespace parley::async {
namespace {

Task<> wait_for_ever(Executor executor, int& ended) {
  struct OnEnd {
    int& ended;
    ~OnEnd() { ++ended; }
  } on_end{ended};
  Timer timer(executor, Timer::time_point::max());
  co_await timer.async_wait(asio::use_awaitable_t<Executor>{});
}

Task<> throw_at_once() {
  throw std::runtime_error("broken");
  co_return;
}

Task<> join_and_tell(TaskGroup& group, bool& joined) {
  co_await group.join();
  joined = true;
}

struct TaskGroupTest : ::testing::Test {
  asio::io_context context{1};
  int failures = 0;
  TaskGroup group{context.get_executor(), [this](std::exception_ptr) { ++failures; }};
  bool joined = false;
  void start_join() { asio::co_spawn(context, join_and_tell(group, joined), asio::detached); }
};

TEST_F(TaskGroupTest, JoinReturnsAtOnceWhenThereIsNoChild) {
  start_join();
  context.run();
  EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, CancelEndsEveryChildAndJoinWaitsForThem) {
  int ended = 0;
  group.spawn(wait_for_ever(context.get_executor(), ended));
  group.spawn(wait_for_ever(context.get_executor(), ended));
  start_join();
  context.poll();
  EXPECT_FALSE(joined);
  EXPECT_EQ(group.size(), 2U);
  group.cancel();
  context.restart();
  context.run();
  EXPECT_TRUE(joined);
  EXPECT_EQ(ended, 2);
  EXPECT_EQ(failures, 0) << "a cancelled child has not failed";
}

TEST_F(TaskGroupTest, AChildThatThrowsIsReportedAndItsSiblingsGoOn) {
  int ended = 0;
  group.spawn(wait_for_ever(context.get_executor(), ended));
  group.spawn(throw_at_once());
  context.poll();
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(ended, 0);
  group.cancel();
  start_join();
  context.restart();
  context.run();
  EXPECT_EQ(ended, 1);
}

TEST_F(TaskGroupTest, AChildSpawnedAfterCancelNeverStarts) {
  int ended = 0;
  group.cancel();
  group.spawn(wait_for_ever(context.get_executor(), ended));
  EXPECT_EQ(group.size(), 0U);
  EXPECT_EQ(ended, 0);
}

TEST(BlockingPool, OneThreadRunsJobsInOrder) {
  std::vector<int> order;
  {
    BlockingPool pool({.name = "test", .threads = 1, .queue_limit = 100});
    for (int i = 0; i < 50; ++i) {
      ASSERT_TRUE(pool.submit([&order, i](const auto&) { order.push_back(i); }));
    }
  }
  ASSERT_EQ(order.size(), 50U);
  for (int i = 0; i < 50; ++i)
    EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(BlockingPool, RefusesWhatDoesNotFitInTheQueue) {
  std::promise<void> release;
  std::promise<void> running;
  BlockingPool pool({.name = "test", .threads = 1, .queue_limit = 1});
  ASSERT_TRUE(pool.submit([&](const auto&) {
    running.set_value();
    release.get_future().wait();
  }));
  running.get_future().wait();
  ASSERT_TRUE(pool.submit([](const auto&) {}));
  const auto refused = pool.submit([](const auto&) {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::overloaded);
  release.set_value();
}

TEST(BlockingPool, RefusesAfterStopButRunsWhatWasQueued) {
  std::atomic<int> ran = 0;
  BlockingPool pool({.name = "test", .threads = 2, .queue_limit = 100});
  for (int i = 0; i < 20; ++i)
    ASSERT_TRUE(pool.submit([&](const auto&) { ++ran; }));
  pool.stop();
  EXPECT_EQ(ran, 20);
  EXPECT_EQ(pool.submit([](const auto&) {}).error().code, Errc::cancelled);
}

TEST(Guard, ATicketIsWorthlessOnceTheGuardIsGone) {
  auto guard = std::make_unique<Guard>();
  const auto ticket = guard->ticket();
  EXPECT_TRUE(ticket.valid());
  guard.reset();
  EXPECT_FALSE(ticket.valid());
}

TEST(Shard, RunsWorkOnItsOwnThreadAndMeasuresItsLag) {
  Shard shard("test");
  std::promise<std::thread::id> ran;
  asio::post(shard.context(), [&] { ran.set_value(std::this_thread::get_id()); });
  EXPECT_NE(ran.get_future().get(), std::this_thread::get_id());
  EXPECT_GE(shard.loop_lag().count(), 0);
}

}  // namespace
}  // namespace parley::async
