// Waiting that somebody else may end: on a timer by cancelling it, on a callback by calling it.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/task.hpp"
#include "base/result.hpp"

namespace parley::async {

// Until the time is over, the timer is cancelled or the coroutine is.
Task<> wait_for(Timer& timer, std::chrono::milliseconds time);
// Until the timer is cancelled or the coroutine is.
Task<> wait(Timer& timer);

// The loop's other work comes first.
Task<> yield(Executor executor);

// Calls `start` with what takes the answer: once, from any thread. A cancelled coroutine waits for it all the
// same. Await it on `executor` only.
inline Task<Result<void>> on_callback(Executor executor,
                                      std::function<void(std::function<void(Result<void>)>)> start) {
  const auto answer = std::make_shared<Result<void>>();
  const auto initiate = [executor, answer, start = std::move(start)](auto handler) {
    // As with on_pool: a callback is copyable and a handler is not; both go home with the answer.
    using WorkGuard = asio::executor_work_guard<Executor>;
    struct Waiting {
      decltype(handler) resume;
      WorkGuard guard;
    };
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(handler), WorkGuard(executor)});
    start([executor, answer, waiting = std::move(waiting)](Result<void> result) mutable {
      *answer = std::move(result);
      asio::post(executor, [home = std::move(waiting)] { std::move(home->resume)(); });
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      initiate, asio::use_awaitable_t<Executor>{});
  co_return std::move(*answer);
}

}  // namespace parley::async
