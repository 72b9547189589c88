// A control context that the test runs itself, and what the parts on it share.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <stdexcept>

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/wall_millis.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

using namespace std::chrono_literals;

class LoopTest : public testing::Test {
 protected:
  async::Executor executor() { return context_.get_executor(); }

  void run_until(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    context_.restart();
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("the test waited too long");
      context_.run_one_for(20ms);
      if (context_.stopped()) context_.restart();
    }
  }

  template <class T>
  T run(async::Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    bool ended = false;
    async::asio::co_spawn(executor(), std::move(task), [&](std::exception_ptr thrown, T result) {
      failure = thrown;
      value = std::move(result);
      ended = true;
    });
    run_until([&] { return ended; });
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }

  void run(async::Task<> task) {
    std::exception_ptr failure;
    bool ended = false;
    async::asio::co_spawn(executor(), std::move(task), [&](std::exception_ptr thrown) {
      failure = thrown;
      ended = true;
    });
    run_until([&] { return ended; });
    if (failure) std::rethrow_exception(failure);
  }

  storage::WallMillis now() const { return now_millis(clock_); }

  ManualClock clock_;
  async::asio::io_context context_{1};
  async::BlockingPool pool_{{.name = "control", .threads = 2, .queue_limit = 100}};
};

}  // namespace parley::control
