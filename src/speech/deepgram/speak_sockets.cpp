#include "speech/deepgram/speak_sockets.hpp"

#include <utility>

#include "speech/deepgram/speak_protocol.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kFlushesPerMinute = 18;

}  // namespace

void SpeakSocket::flush() {
  flushes_.push_back(std::chrono::steady_clock::now());
  if (flushes_.size() > kFlushesPerMinute) flushes_.pop_front();
  send_text(deepgram::kFlush);
}

bool SpeakSocket::is_worn() const {
  return flushes_.size() >= kFlushesPerMinute && std::chrono::steady_clock::now() - flushes_.front() < 1min;
}

// Owned by the handler of its own timer.
class SpeakSockets::Drain final : public vendor::ClientSocketListener,
                                  public std::enable_shared_from_this<Drain> {
 public:
  Drain(std::shared_ptr<SpeakSockets> sockets, const async::Executor& executor, std::string url,
        std::unique_ptr<SpeakSocket> socket)
      : sockets_(std::move(sockets)),
        executor_(executor),
        url_(std::move(url)),
        socket_(std::move(socket)),
        timer_(executor) {}

  void start() {
    socket_->set_listener(this);
    socket_->send_text(deepgram::kClear);
    wait(sockets_->timing_.clear_deadline);
  }

 private:
  void wait(std::chrono::milliseconds time) {
    timer_.expires_after(time);
    timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
      if (!ec) self->end();
    });
  }

  void end() {
    if (!socket_) return;
    auto socket = std::move(socket_);
    if (cleared_) {
      sockets_->give_back(executor_, std::move(url_), std::move(socket));
    } else {
      socket->close();
    }
  }

  void on_socket_open() override {}
  void on_socket_text(std::string_view text) override {
    if (cleared_ || deepgram::read_speak(text).kind != deepgram::SpeakReading::Kind::cleared) return;
    cleared_ = true;
    wait(sockets_->timing_.after_cleared);  // the handler that waited is cancelled, this one holds the object
  }
  void on_socket_binary(std::string_view) override {}
  void on_socket_refused(const net::ConnectError&) override { leave(); }
  void on_socket_closed(const net::CloseInfo&) override { leave(); }
  void leave() {
    const auto self = shared_from_this();
    socket_.reset();
    timer_.cancel();
  }

  const std::shared_ptr<SpeakSockets> sockets_;
  const async::Executor executor_;
  std::string url_;
  std::unique_ptr<SpeakSocket> socket_;
  async::Timer timer_;
  bool cleared_ = false;
};

SpeakSockets::SpeakSockets(SpeakTiming timing)
    : timing_(timing),
      pool_({.max_idle = timing.max_idle,
             .keep_alive_every = 0ms,
             .keep_alive_text = {},
             .max_idle_sockets = 32}) {}

std::unique_ptr<SpeakSocket> SpeakSockets::take(async::Executor executor, vendor::ClientSocketOptions options,
                                                vendor::ClientSocketListener& listener, bool& reused) {
  if (auto idle = pool_.take(executor, options.url, listener)) {
    reused = true;
    // The pool holds what give_back() and warm() put there, and nothing else.
    return std::unique_ptr<SpeakSocket>(static_cast<SpeakSocket*>(idle.release()));
  }
  reused = false;
  return open(executor, std::move(options), listener);
}

std::unique_ptr<SpeakSocket> SpeakSockets::open(async::Executor executor, vendor::ClientSocketOptions options,
                                                vendor::ClientSocketListener& listener) {
  return std::make_unique<SpeakSocket>(vendor::open_client_socket(executor, std::move(options), &listener));
}

void SpeakSockets::warm(async::Executor executor, vendor::ClientSocketOptions options) {
  if (pool_.has(executor, options.url)) return;
  auto url = options.url;
  pool_.put(executor, std::move(url),
            std::make_unique<SpeakSocket>(vendor::open_client_socket(executor, std::move(options), nullptr)));
}

void SpeakSockets::give_back(async::Executor executor, std::string url, std::unique_ptr<SpeakSocket> socket) {
  if (!socket->is_open()) return;
  if (socket->is_worn()) {
    socket->close();
    return;
  }
  pool_.put(executor, std::move(url), std::move(socket));
}

void SpeakSockets::drain(async::Executor executor, std::string url, std::unique_ptr<SpeakSocket> socket) {
  std::make_shared<Drain>(shared_from_this(), executor, std::move(url), std::move(socket))->start();
}

}  // namespace parley::speech
