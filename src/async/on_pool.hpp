// Work that blocks, awaited: it runs on a pool and the coroutine goes on, on its own executor, with the
// answer.
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/result.hpp"

namespace parley::async {

// Errc::overloaded or cancelled when the pool does not take the job. A cancelled coroutine waits for its job
// all the same, so `work` may refer to what the coroutine's owner keeps alive. Await it on `executor` only;
// the pool outlives the wait.
template <class T>
Task<Result<T>> on_pool(Executor executor, BlockingPool& pool, std::function<Result<T>()> work) {
  const auto answer = std::make_shared<Result<T>>(fail(Errc::internal, "the job did not run"));
  const auto initiate = [executor, &pool, answer, work = std::move(work)](auto handler) {
    // Jobs are copyable, handlers are not. The guard keeps the loop running for the answer. Both go home with
    // it, so that a frame is never destroyed on the pool.
    using Guard = asio::executor_work_guard<Executor>;
    struct Waiting {
      decltype(handler) resume;
      Guard guard;
    };
    auto waiting = std::make_shared<Waiting>(Waiting{std::move(handler), Guard(executor)});
    const auto taken =
        pool.submit([executor, answer, work, waiting](const BlockingPool::JobContext&) mutable {
          *answer = work();
          asio::post(executor, [home = std::move(waiting)] { std::move(home->resume)(); });
        });
    if (taken) return;
    *answer = fail(taken.error());
    asio::post(executor, [home = std::move(waiting)] { std::move(home->resume)(); });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      initiate, asio::use_awaitable_t<Executor>{});
  co_return std::move(*answer);
}

}  // namespace parley::async
