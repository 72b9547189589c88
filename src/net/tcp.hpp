// Inside this room only: the one TCP socket type, the completion token of our coroutines, and a deadline.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "async/task.hpp"
#include "base/clock.hpp"

namespace parley::net {

namespace asio = boost::asio;
using boost::system::error_code;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, async::Executor>;

// co_await operation(…, into(ec)): the failure lands in `ec` and nothing is thrown for it.
inline auto into(error_code& ec) {
  return asio::redirect_error(asio::use_awaitable_t<async::Executor>{}, ec);
}

// Runs a callback when a point in time passes, unless it was moved, cleared or destroyed before. The callback
// usually closes a socket, which makes the pending operation fail; expired() then says why. One thread; may
// be destroyed with its wait still queued.
class Deadline {
 public:
  Deadline(async::Executor executor, std::function<void()> on_expiry);
  ~Deadline();
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;

  void set(SteadyTime when);
  void clear();
  bool expired() const { return state_->expired; }

 private:
  struct State {
    explicit State(async::Executor executor) : timer(executor) {}
    async::Timer timer;
    std::function<void()> on_expiry;
    bool armed = false;
    bool expired = false;
  };
  std::shared_ptr<State> state_;
};

}  // namespace parley::net
