#include "async/sleep.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace parley::async {

Task<> sleep_for(Executor executor, std::chrono::milliseconds time) {
  Timer timer(executor);
  timer.expires_after(time);
  boost::system::error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable_t<Executor>(), ignored));
}

}  // namespace parley::async
