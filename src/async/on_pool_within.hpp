// Work that blocks, awaited up to a deadline: unlike on_pool, whoever waits goes on when the time is up or
// when it is cancelled, and the late answer is dropped on its own thread. So `work` must own what it uses, or
// use what outlives the pool's jobs.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/post.hpp>

#include "async/blocking_pool.hpp"
#include "async/signal.hpp"
#include "async/task.hpp"

namespace parley::async {

// Errc::overloaded or cancelled when the pool does not take the job, Errc::timeout when its answer is late.
// Await it on `executor` only; its context outlives the pool's jobs.
template <class T>
Task<Result<T>> on_pool_within(Executor executor, BlockingPool& pool, std::chrono::milliseconds deadline,
                               std::function<T()> work) {
  struct Pending {
    explicit Pending(Executor on) : done(on) {}
    Signal done;
    std::optional<T> answer;
  };
  const auto pending = std::make_shared<Pending>(executor);
  const auto taken = pool.submit(
      [executor, home = pending, work = std::move(work)](const BlockingPool::JobContext&) mutable {
        auto answer = std::make_shared<T>(work());
        asio::post(executor, [home = std::move(home), answer = std::move(answer)] {
          home->answer = std::move(*answer);
          home->done.notify();
        });
      });
  if (!taken) co_return fail(taken.error());
  co_await pending->done.wait_for(deadline);
  if (!pending->answer) co_return fail(Errc::timeout, "the job did not end in time");
  co_return std::move(*pending->answer);
}

}  // namespace parley::async
