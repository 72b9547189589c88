// Work that is given up when its time is over: it is cancelled and waited for, so it may refer to what its
// owner keeps alive.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/task.hpp"

namespace parley::async {

// nullopt: it was not done in time, or has thrown. Work that answers a cancellation with what it has got is
// done. A cancelled coroutine waits for it all the same. Await it on `executor` only.
template <class T>
Task<std::optional<T>> within(Executor executor, std::chrono::milliseconds time, Task<T> work) {
  struct State {
    explicit State(Executor on) : timer(on) {}
    asio::cancellation_signal signal;
    Timer timer;
    std::optional<T> answer;
  };
  const auto state = std::make_shared<State>(executor);
  state->timer.expires_after(time);
  state->timer.async_wait([weak = std::weak_ptr(state)](const boost::system::error_code& stopped) {
    const auto late = weak.lock();
    if (!stopped && late) late->signal.emit(asio::cancellation_type::terminal);
  });
  const auto initiate = [executor, state](auto handler, Task<T> child) {
    auto ended = [executor, state, resume = std::move(handler)](const std::exception_ptr& failure,
                                                                T answer) mutable {
      state->timer.cancel();
      if (!failure) state->answer = std::move(answer);
      asio::post(executor, std::move(resume));
    };
    asio::co_spawn(executor, std::move(child),
                   asio::bind_cancellation_slot(state->signal.slot(), std::move(ended)));
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
      initiate, asio::use_awaitable_t<Executor>{}, std::move(work));
  co_return std::move(state->answer);
}

}  // namespace parley::async
