#include "async/wait.hpp"

#include <boost/asio/redirect_error.hpp>

namespace parley::async {

Task<> wait(Timer& timer) {
  boost::system::error_code ignored;  // how it ended makes no difference
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>(), ignored));
}

Task<> wait_for(Timer& timer, std::chrono::milliseconds time) {
  timer.expires_after(time);
  co_await wait(timer);
}

Task<> yield(Executor executor) {
  co_await asio::post(executor, asio::use_awaitable_t<Executor>());
}

}  // namespace parley::async
