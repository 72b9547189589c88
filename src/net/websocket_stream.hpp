// Inside this room only, and only in the units listed as HEAVY: the WebSocket over one kind of transport.
//
// Callbacks instead of coroutines: a message read or written costs one Asio operation whose memory Asio
// recycles.
//
// Invariants
//  1. Nothing is under way before run(): what is sent earlier waits in the queue.
//  2. `pending_` counts the operations that will still call back into this object; run() returns when it is
//  zero.
//  3. One write at a time; the close frame is written when the queue is empty.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <atomic>
#include <cstring>
#include <exception>
#include <optional>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/error.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <fmt/core.h>

#include "async/arrival.hpp"
#include "net/message_queue.hpp"
#include "net/tcp.hpp"
#include "net/websocket.hpp"

namespace parley::net {

namespace beast = boost::beast;

// Beast ends a connection in several places, some of them inside a read, and then waits for the peer without
// a limit. All of them call async_teardown, so that is where our clock starts.
struct TeardownHook {
  virtual ~TeardownHook() = default;
  virtual void on_teardown() = 0;
};

template <class Transport>
struct Hooked : Transport {
  explicit Hooked(Transport&& transport) : Transport(std::move(transport)) {}
  TeardownHook* hook = nullptr;
};

template <class Transport, class Handler>
void async_teardown(beast::role_type role, Hooked<Transport>& stream, Handler&& handler) {
  if (stream.hook != nullptr) stream.hook->on_teardown();
  using beast::websocket::async_teardown;
  async_teardown(role, static_cast<Transport&>(stream), std::forward<Handler>(handler));
}

// Counts itself for open_client_websockets(), on whatever thread its socket lives.
class ClientSocketCount {
 public:
  ClientSocketCount() { count().fetch_add(1, std::memory_order_relaxed); }
  ~ClientSocketCount() { count().fetch_sub(1, std::memory_order_relaxed); }
  ClientSocketCount(const ClientSocketCount&) = delete;
  ClientSocketCount& operator=(const ClientSocketCount&) = delete;

  static std::size_t open() { return count().load(std::memory_order_relaxed); }

 private:
  static std::atomic<std::size_t>& count() {
    static std::atomic<std::size_t> open_sockets{0};
    return open_sockets;
  }
};

template <class Transport>
class WebSocketOver final : public WebSocket, private TeardownHook {
 public:
  using Stream = beast::websocket::stream<Hooked<Transport>, false>;

  WebSocketOver(Transport transport, const WebSocketOptions& options)
      : stream_(Hooked<Transport>(std::move(transport))),
        options_(options),
        watch_(tcp().get_executor()),
        ended_(tcp().get_executor()) {
    stream_.auto_fragment(false);
    stream_.read_message_max(options.max_message_bytes);
    stream_.next_layer().hook = this;
  }

  Stream& stream() { return stream_; }
  TcpSocket& tcp() { return beast::get_lowest_layer(stream_); }
  void count_as_client() { client_.emplace(); }

  async::Task<CloseInfo> run(WebSocketListener& listener) override {
    // A cancelled coroutine throws at its next co_await; here that must wait until every operation has come
    // back.
    const bool throws = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto cancelled = co_await asio::this_coro::cancellation_state;
    listener_ = &listener;
    give_up_unacknowledged();
    if (cancelled.cancelled() != asio::cancellation_type::none) cut();
    read();
    flush();
    if (!finished()) {
      error_code ec;
      ended_.expires_at(SteadyTime::max());
      co_await ended_.async_wait(into(ec));
    }
    if (!finished()) {  // our coroutine was cancelled
      cut();
      error_code ec;
      ended_.expires_at(SteadyTime::max());
      co_await ended_.async_wait(asio::bind_cancellation_slot(asio::cancellation_slot(), into(ec)));
    }
    co_await asio::this_coro::throw_if_cancelled(throws);
    if (failure_) std::rethrow_exception(failure_);
    co_return std::move(info_);
  }

  void send_text(std::string_view text) override { send(text, true); }
  void send_binary(std::string_view bytes) override { send(bytes, false); }

  void close(CloseCode code, std::string_view reason) override {
    if (close_reason_ || over_) return;
    // RFC 6455 §5.5: a control frame holds 125 bytes, two of them the code.
    close_reason_.emplace(static_cast<beast::websocket::close_code>(code), reason.substr(0, 120));
    info_.by_us = true;
    if (listener_ != nullptr) flush();
  }

  void cut() override { cut("the connection was cut on our side"); }

  std::size_t queued_bytes() const override { return queue_.bytes(); }

 private:
  static constexpr std::size_t kPaddingBytes = 64;
  static constexpr std::size_t kKeptBufferBytes = 64 * 1024;

  bool finished() const { return over_ && pending_ == 0; }

  void finish_if_done() {
    if (finished()) ended_.cancel();
  }

  // No more reads will follow. Operations still out are made to come back by closing the socket.
  void over() {
    over_ = true;
    beast::close_socket(tcp());
    watch_.cancel();
  }

  // A peer whose machine or network is gone never closes: without this the kernel retries for a quarter of an
  // hour.
  void give_up_unacknowledged() {
    const auto limit = static_cast<unsigned>(options_.write_deadline.count());
    ::setsockopt(tcp().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
  }

  void cut(std::string_view why) {
    if (over_ || cut_) return;
    cut_ = true;
    if (info_.reason.empty()) info_.reason = why;
    beast::close_socket(tcp());
  }

  void read() {
    ++pending_;
    stream_.async_read(incoming_, [this](error_code ec, std::size_t) { on_read(ec); });
  }

  void on_read(error_code ec) {
    --pending_;
    if (ec) {
      note_end(ec);
      if (!closing_) over();
      finish_if_done();
      return;
    }
    deliver();
    read();
  }

  void deliver() {
    // Beast may have filled the buffer to its last byte; prepare() grows it once and is free from then on.
    const auto padding = incoming_.prepare(kPaddingBytes);
    std::memset(padding.data(), 0, kPaddingBytes);
    const auto data = incoming_.cdata();
    const std::string_view message(static_cast<const char*>(data.data()), data.size());
    if (!failure_) {
      const async::Arrival arrival(std::chrono::steady_clock::now());
      try {
        stream_.got_text() ? listener_->on_text(message) : listener_->on_binary(message);
      } catch (...) {  // ends this call, not the thread: run() throws it on
        failure_ = std::current_exception();
        cut();
      }
    }
    incoming_.consume(message.size());
    if (incoming_.capacity() > kKeptBufferBytes) incoming_ = beast::flat_buffer();
  }

  // What the end of reading tells, unless our close frame already waits for the peer's.
  void note_end(error_code ec) {
    if (over_) return;
    if (ec == beast::websocket::error::closed || peer_closed()) return note_peer_close();
    if (closing_) return;
    if (ec == beast::websocket::error::message_too_big || ec == beast::websocket::error::buffer_overflow) {
      info_ = {1009, fmt::format("a message was longer than {} bytes", options_.max_message_bytes), true};
    } else if (ec.category() == protocol_category()) {
      info_ = {1002, ec.message(), true};
    } else if (info_.reason.empty()) {
      info_.reason = ec.message();
    }
  }

  static const boost::system::error_category& protocol_category() {
    return make_error_code(beast::websocket::error::closed).category();
  }

  // The peer's close frame counts even when the connection then breaks instead of ending in good order.
  bool peer_closed() const { return stream_.reason().code != beast::websocket::close_code::none; }

  void note_peer_close() {
    const auto& reason = stream_.reason();
    // A close frame may be empty: RFC 6455 §7.1.5 calls that 1005.
    info_.code = reason.code == beast::websocket::close_code::none ? 1005 : reason.code;
    info_.reason.assign(reason.reason.data(), reason.reason.size());
  }

  void send(std::string_view message, bool text) {
    if (close_reason_ || cut_ || over_) return;
    if (queue_.bytes() + message.size() > options_.max_queued_bytes) {
      return cut("the peer does not read what we send");
    }
    queue_.push(message, text);
    if (listener_ != nullptr) flush();
  }

  // Writes the next message, or the close frame behind the last one.
  void flush() {
    if (writing_ || closing_ || cut_ || over_) return;
    if (const auto* next = queue_.front()) {
      writing_ = true;
      ++pending_;
      waiting_since_ = std::chrono::steady_clock::now();
      watch();
      stream_.text(next->text);
      stream_.async_write(asio::const_buffer(next->bytes.data(), next->bytes.size()),
                          [this](error_code ec, std::size_t) { on_written(ec); });
      if (client_) async::Arrival::note_written();
    } else if (close_reason_) {
      closing_ = true;
      ++pending_;
      on_teardown();
      stream_.async_close(*close_reason_, [this](error_code ec) { on_closed(ec); });
    }
  }

  void on_written(error_code ec) {
    --pending_;
    writing_ = false;
    queue_.pop();
    if (!ec) {
      flush();
    } else if (ec !=
               asio::error::operation_aborted) {  // aborted: the read is ending the connection in good order
      cut(ec.message());
    }
    finish_if_done();
  }

  void on_closed(error_code ec) {
    --pending_;
    closing_ = false;
    if (!ec || peer_closed()) {
      note_peer_close();
    } else if (info_.reason.empty()) {
      info_.reason = ec.message();
    }
    over();
    finish_if_done();
  }

  void on_teardown() override {
    if (ending_) return;
    ending_ = true;
    waiting_since_ = std::chrono::steady_clock::now();
    if (watching_) {
      watch_.cancel();  // its handler arms it anew, for the nearer deadline
    } else {
      watch();
    }
  }

  SteadyTime deadline() const {
    return waiting_since_ + (ending_ ? options_.close_deadline : options_.write_deadline);
  }

  // One timer for both deadlines. It is armed by the first write and left alone by the following ones: when
  // it fires it looks whether the write under way is too old. A steady stream of messages so costs one timer
  // in ten seconds.
  void watch() {
    if (watching_) return;
    watching_ = true;
    ++pending_;
    watch_.expires_at(deadline());
    watch_.async_wait([this](error_code) { on_watch(); });
  }

  void on_watch() {
    --pending_;
    watching_ = false;
    if (!over_ && !cut_ && (writing_ || ending_)) {
      if (std::chrono::steady_clock::now() >= deadline()) {
        cut(ending_ ? "the peer did not answer our close frame" : "the peer does not read what we send");
      } else {
        watch();
      }
    }
    finish_if_done();
  }

  std::optional<ClientSocketCount> client_;
  Stream stream_;
  WebSocketOptions options_;
  WebSocketListener* listener_ = nullptr;
  beast::flat_buffer incoming_;
  MessageQueue queue_;
  async::Timer watch_;
  async::Timer ended_;  // never expires; cancelled when the last operation has come back
  SteadyTime waiting_since_;
  CloseInfo info_;
  std::optional<beast::websocket::close_reason> close_reason_;  // set by close()
  std::exception_ptr failure_;
  int pending_ = 0;
  bool writing_ = false;
  bool watching_ = false;
  bool closing_ = false;  // our close frame is out or on its way: async_close has not come back
  bool ending_ = false;   // either side began to close: close_deadline counts
  bool cut_ = false;
  bool over_ = false;  // reading and closing are done
};

}  // namespace parley::net
