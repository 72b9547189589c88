#include "carrier/request_queue.hpp"

#include <optional>
#include <vector>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::carrier {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RequestQueueTest : public testing::Test {
 protected:
  void start(RequestQueueOptions options = {.per_minute = 60, .burst = 2, .most_waiting = 100}) {
    queue_.emplace(context_.get_executor(), clock_, options);
  }

  // Waits for a turn and writes down how that ended; the signal cancels it.
  void ask(std::string name, std::string account = "a", std::string lane = "lane",
           std::chrono::milliseconds patience = 60s, async::asio::cancellation_signal* signal = nullptr) {
    auto slot = signal == nullptr ? async::asio::cancellation_slot() : signal->slot();
    async::asio::co_spawn(context_, wait(std::move(name), std::move(account), std::move(lane), patience),
                          async::asio::bind_cancellation_slot(slot, [](std::exception_ptr) {}));
    settle();
  }
  async::Task<> wait(std::string name, std::string account, std::string lane,
                     std::chrono::milliseconds patience) {
    const auto turn = co_await queue_->turn(std::move(account), std::move(lane), patience);
    if (turn) {
      went_.push_back(std::move(name));
    } else {
      failed_.push_back(name + ": " + describe(turn.error()));
    }
  }

  // Real timers never fire by a clock that is turned by hand: asking for another account makes it look.
  void pass(std::chrono::milliseconds time) {
    clock_.advance(time);
    queue_->back_off("nobody", 0ms);
    settle();
  }
  void settle() {
    context_.restart();
    context_.poll();
  }

  async::asio::io_context context_{1};
  ManualClock clock_;
  std::optional<RequestQueue> queue_;
  std::vector<std::string> went_;
  std::vector<std::string> failed_;
};

TEST_F(RequestQueueTest, ARestedAccountGoesInABurstAndThenAtItsPace) {
  start();
  for (const char* name : {"1", "2", "3", "4"})
    ask(name);
  EXPECT_THAT(went_, ElementsAre("1", "2"));
  pass(999ms);
  EXPECT_THAT(went_, ElementsAre("1", "2"));
  pass(1ms);
  EXPECT_THAT(went_, ElementsAre("1", "2", "3"));
  pass(1s);
  EXPECT_THAT(went_, ElementsAre("1", "2", "3", "4"));
  pass(60s);
  for (const char* name : {"5", "6", "7"})
    ask(name);
  EXPECT_THAT(went_, ElementsAre("1", "2", "3", "4", "5", "6")) << "rested, but no more than a burst";
}

TEST_F(RequestQueueTest, AccountsDoNotWaitForEachOther) {
  start();
  for (const char* name : {"1", "2", "3"})
    ask(name);
  ask("other", "b");
  EXPECT_THAT(went_, ElementsAre("1", "2", "other"));
}

TEST_F(RequestQueueTest, LanesOfAnAccountTakeTurns) {
  start({.per_minute = 60, .burst = 1, .most_waiting = 100});
  ask("first");
  for (const char* name : {"big1", "big2", "big3"})
    ask(name, "a", "big");
  ask("small1", "a", "small");
  ask("late1", "a", "late");
  for (int second = 0; second < 5; ++second)
    pass(1s);
  EXPECT_THAT(went_, ElementsAre("first", "big1", "small1", "late1", "big2", "big3"));
}

TEST_F(RequestQueueTest, PatienceEnds) {
  start({.per_minute = 1, .burst = 1, .most_waiting = 100});
  ask("1");
  ask("impatient", "a", "lane", 0ms);
  ask("patient", "a", "lane", 5s);
  ASSERT_EQ(failed_.size(), 1U);
  EXPECT_THAT(failed_[0], HasSubstr("impatient: timed out"));
  pass(5s);
  ASSERT_EQ(failed_.size(), 2U);
  EXPECT_THAT(failed_[1], HasSubstr("1 times a minute"));
  pass(55s);
  ask("next");
  EXPECT_THAT(went_, ElementsAre("1", "next")) << "who gave up takes nobody's turn";
}

TEST_F(RequestQueueTest, OneTooManyIsRefused) {
  start({.per_minute = 1, .burst = 1, .most_waiting = 1});
  ask("1");
  ask("2");
  ask("3");
  ASSERT_EQ(failed_.size(), 1U);
  EXPECT_THAT(failed_[0], HasSubstr("3: overloaded"));
}

TEST_F(RequestQueueTest, AfterABackOffTheyGoOneByOne) {
  start({.per_minute = 60, .burst = 5, .most_waiting = 100});
  ask("1");
  queue_->back_off("a", 10s);
  queue_->back_off("a", 3s);  // a shorter one does not open it sooner
  ask("2");
  ask("3");
  ask("other", "b");
  EXPECT_THAT(went_, ElementsAre("1", "other"));
  pass(9s);
  EXPECT_THAT(went_, ElementsAre("1", "other"));
  pass(1s);
  EXPECT_THAT(went_, ElementsAre("1", "other", "2"));
  pass(1s);
  EXPECT_THAT(went_, ElementsAre("1", "other", "2", "3"));
}

TEST_F(RequestQueueTest, WhoIsCancelledGivesItsPlaceUp) {
  start({.per_minute = 60, .burst = 1, .most_waiting = 100});
  async::asio::cancellation_signal signal;
  ask("1");
  ask("2", "a", "lane", 60s, &signal);
  ask("3");
  signal.emit(async::asio::cancellation_type::terminal);
  settle();
  pass(1s);
  EXPECT_THAT(went_, ElementsAre("1", "3"));
}

TEST_F(RequestQueueTest, TheEndOfTheQueueEndsTheWaiting) {
  start({.per_minute = 1, .burst = 1, .most_waiting = 100});
  ask("1");
  ask("2");
  ask("3", "a", "other");
  queue_.reset();
  settle();
  ASSERT_EQ(failed_.size(), 2U);
  EXPECT_THAT(failed_[0], HasSubstr("cancelled"));
}

TEST_F(RequestQueueTest, ByTheRealClockItsOwnTimerLetsThemThrough) {
  queue_.emplace(context_.get_executor(), system_clock(),
                 RequestQueueOptions{.per_minute = 6000, .burst = 1, .most_waiting = 100});
  const auto begin = std::chrono::steady_clock::now();
  for (const char* name : {"1", "2", "3", "4"})
    ask(name);
  context_.restart();
  context_.run_for(20s);
  EXPECT_EQ(went_.size(), 4U);
  EXPECT_THAT(failed_, IsEmpty());
  EXPECT_GE(std::chrono::steady_clock::now() - begin, 30ms);
}

}  // namespace
}  // namespace parley::carrier
