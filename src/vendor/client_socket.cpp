#include "vendor/client_socket.hpp"

#include <deque>
#include <exception>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/exception_text.hpp"
#include "base/log.hpp"

namespace parley::vendor {
namespace {

namespace asio = boost::asio;
using async::Executor;
using async::Task;

constexpr std::size_t kMostQueuedBytes = 4 * 1024 * 1024;
const log::Logger kLog("vendor");

// What the owner's handle and the background task share. The task's frame holds everything that belongs to
// the io_context; when that is destroyed with the task suspended, `Running` clears what points into the
// frame, so a handle may outlive its io_context.
class Link final : public net::WebSocketListener, public std::enable_shared_from_this<Link> {
 public:
  Link(Executor executor, ClientSocketListener* listener) : executor_(executor), listener_(listener) {}

  bool is_open() const { return socket_ != nullptr && !closing_ && !ended_; }
  bool is_connecting() const { return !was_open_ && !closing_ && !ended_; }
  void set_listener(ClientSocketListener* listener) { listener_ = listener; }
  void start(ClientSocketOptions options);
  void send(std::string_view message, bool text);
  void close();
  void let_go();

 private:
  struct Waiting {
    std::string message;
    bool text;
  };
  // Goes into the task before it has begun: its frame, begun or not, is destroyed with it.
  struct Running {
    explicit Running(std::shared_ptr<Link> of) : link(std::move(of)) {}
    ~Running() { link->end(); }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;
    std::shared_ptr<Link> link;
  };

  static Task<> run(std::unique_ptr<Running> running, ClientSocketOptions options);
  void on_text(std::string_view text) override {
    if (listener_ != nullptr) listener_->on_socket_text(text);
  }
  void on_binary(std::string_view bytes) override {
    if (listener_ != nullptr) listener_->on_socket_binary(bytes);
  }
  void opened(net::WebSocket& socket);
  void refused(const net::ConnectError& error);
  void closed(const net::CloseInfo& info);
  void stopped(std::exception_ptr failure);
  void end();

  Executor executor_;
  ClientSocketListener* listener_;
  net::WebSocket* socket_ = nullptr;  // of the task's frame
  async::Timer* linger_ = nullptr;    // of the task's frame
  std::chrono::milliseconds close_deadline_{0};
  asio::cancellation_signal cancel_;
  std::deque<Waiting> waiting_;
  std::size_t waiting_bytes_ = 0;
  bool was_open_ = false;
  bool closing_ = false;   // close() was called
  bool given_up_ = false;  // more was sent before it was open than we keep
  bool ended_ = false;
};

void Link::start(ClientSocketOptions options) {
  const auto self = shared_from_this();
  close_deadline_ = options.close_deadline;
  asio::co_spawn(executor_, run(std::make_unique<Running>(self), std::move(options)),
                 asio::bind_cancellation_slot(cancel_.slot(), [self](std::exception_ptr failure) {
                   self->stopped(std::move(failure));
                 }));
}

Task<> Link::run(std::unique_ptr<Running> running, ClientSocketOptions options) {
  const auto& link = running->link;
  async::Timer linger(link->executor_);
  link->linger_ = &linger;
  co_await asio::post(link->executor_,
                      asio::use_awaitable_t<Executor>());  // no listener call from inside start()
  net::ConnectOptions connect;
  connect.deadline = options.connect_deadline;
  connect.headers = std::move(options.headers);
  connect.subprotocol = std::move(options.subprotocol);
  connect.policy = std::move(options.policy);
  connect.socket.max_message_bytes = options.max_message_bytes;
  connect.socket.max_queued_bytes = kMostQueuedBytes;
  connect.socket.close_deadline = options.close_deadline;
  auto connected =
      co_await net::connect_websocket(link->executor_, std::move(options.url), std::move(connect));
  if (!connected) {
    link->refused(connected.error());
    co_return;
  }
  const auto socket = std::move(*connected);
  link->opened(*socket);
  const auto info = co_await socket->run(*link);
  link->closed(info);
}

void Link::opened(net::WebSocket& socket) {
  socket_ = &socket;
  was_open_ = true;
  for (const auto& [message, text] : waiting_) {
    text ? socket.send_text(message) : socket.send_binary(message);
  }
  waiting_.clear();
  waiting_bytes_ = 0;
  if (closing_) {
    socket.close(net::CloseCode::normal, "");
  } else if (listener_ != nullptr) {
    listener_->on_socket_open();
  }
}

void Link::refused(const net::ConnectError& error) {
  end();
  if (closing_ || listener_ == nullptr) return;
  std::exchange(listener_, nullptr)->on_socket_refused(error);
}

void Link::closed(const net::CloseInfo& info) {
  end();
  if (closing_ || listener_ == nullptr) return;
  std::exchange(listener_, nullptr)->on_socket_closed(info);
}

// The task is over; a failure is the cancellation we asked for, or what a listener or a library threw.
void Link::stopped(std::exception_ptr failure) {
  if (!failure || listener_ == nullptr) return;
  if (given_up_) {
    refused({{Errc::overloaded, "more was to be sent than is kept until a socket is open"}, std::nullopt});
    return;
  }
  kLog.error("a vendor's socket ended with an exception: {}", exception_text(failure));
  if (was_open_) {
    closed({});
  } else {
    refused({{Errc::internal, "the connection was given up"}, std::nullopt});
  }
}

void Link::end() {
  ended_ = true;
  socket_ = nullptr;
  linger_ = nullptr;
  waiting_.clear();
}

void Link::send(std::string_view message, bool text) {
  if (closing_ || ended_ || given_up_) return;
  if (socket_ != nullptr) {
    text ? socket_->send_text(message) : socket_->send_binary(message);
    return;
  }
  if (waiting_bytes_ + message.size() > kMostQueuedBytes) {
    given_up_ = true;
    waiting_.clear();
    cancel_.emit(asio::cancellation_type::terminal);
    return;
  }
  waiting_bytes_ += message.size();
  waiting_.push_back({std::string(message), text});
}

void Link::close() {
  if (closing_ || ended_) return;
  closing_ = true;
  if (socket_ != nullptr) socket_->close(net::CloseCode::normal, "");
}

void Link::let_go() {
  listener_ = nullptr;
  if (ended_) return;
  // Nobody waits for what an unopened socket would say, not even the vendor.
  if (!closing_ || socket_ == nullptr) {
    cancel_.emit(asio::cancellation_type::terminal);
    return;
  }
  linger_->expires_after(close_deadline_);
  linger_->async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (!ec && self->socket_ != nullptr) self->socket_->cut();
  });
}

class BackgroundSocket final : public ClientSocket {
 public:
  explicit BackgroundSocket(std::shared_ptr<Link> link) : link_(std::move(link)) {}
  ~BackgroundSocket() override { link_->let_go(); }
  BackgroundSocket(const BackgroundSocket&) = delete;
  BackgroundSocket& operator=(const BackgroundSocket&) = delete;

  bool is_open() const override { return link_->is_open(); }
  bool is_connecting() const override { return link_->is_connecting(); }
  void send_text(std::string_view text) override { link_->send(text, true); }
  void send_binary(std::string_view bytes) override { link_->send(bytes, false); }
  void close() override { link_->close(); }
  void set_listener(ClientSocketListener* listener) override { link_->set_listener(listener); }

 private:
  std::shared_ptr<Link> link_;
};

}  // namespace

std::unique_ptr<ClientSocket> open_client_socket(Executor executor, ClientSocketOptions options,
                                                 ClientSocketListener* listener) {
  auto link = std::make_shared<Link>(executor, listener);
  link->start(std::move(options));
  return std::make_unique<BackgroundSocket>(std::move(link));
}

}  // namespace parley::vendor
