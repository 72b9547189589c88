#include "async/task_group.hpp"

#include <cassert>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

namespace parley::async {
namespace {

bool is_cancellation(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const boost::system::system_error& error) {
    return error.code() == asio::error::operation_aborted;
  } catch (...) {
    return false;
  }
}

}  // namespace

TaskGroup::TaskGroup(Executor executor, FailureHandler on_failure)
    : executor_(executor), on_failure_(std::move(on_failure)), idle_(executor, Timer::time_point::max()) {}

TaskGroup::~TaskGroup() {
  assert(children_.empty() && "a task group must be joined before it is destroyed");
}

void TaskGroup::spawn(Task<> child) {
  if (cancelled_) return;
  const auto position = children_.insert(children_.end(), std::make_unique<Child>());
  auto ended = [this, position](std::exception_ptr failure) {
    children_.erase(position);
    if (children_.empty()) idle_.cancel();
    if (failure && !is_cancellation(failure) && on_failure_) on_failure_(failure);
  };
  asio::co_spawn(executor_, std::move(child),
                 asio::bind_cancellation_slot((*position)->signal.slot(), std::move(ended)));
}

void TaskGroup::cancel() {
  cancelled_ = true;
  // emit() may resume and end a child in place, which erases it from the list: step on first.
  for (auto child = children_.begin(); child != children_.end();) {
    auto& signal = (*child++)->signal;
    signal.emit(asio::cancellation_type::terminal);
  }
}

Task<> TaskGroup::join() {
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  while (!children_.empty()) {
    boost::system::error_code ignored;  // the wait ends only by cancel(), which is the news
    idle_.expires_at(Timer::time_point::max());
    co_await idle_.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>{}, ignored));
  }
}

}  // namespace parley::async
