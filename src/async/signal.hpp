// One coroutine waits until another one, or a handler on the same thread, says that there is something to do.
// A notice that comes while nobody waits is not kept: look at the state first, then wait.
//
// Thread: the executor's. Lifetime: outlives whoever waits.
#pragma once

#include <chrono>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/task.hpp"

namespace parley::async {

class Signal {
 public:
  explicit Signal(Executor executor) : timer_(executor) {}

  void notify() { timer_.cancel(); }

  Task<> wait() {
    timer_.expires_at(std::chrono::steady_clock::time_point::max());
    co_await end_of_wait();
  }
  Task<> wait_for(std::chrono::milliseconds at_most) {
    timer_.expires_after(at_most);
    co_await end_of_wait();
  }

 private:
  Task<> end_of_wait() {
    boost::system::error_code ignored;
    co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>{}, ignored));
  }

  Timer timer_;
};

}  // namespace parley::async
