// A server and its clients on one context over real loopback sockets, run by the test itself.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/prompt_handlers.hpp"
#include "net/tcp.hpp"
#include "net/websocket.hpp"

namespace parley::net {

using namespace std::chrono_literals;

inline std::size_t open_sockets() {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the descriptor of this very listing
    if (std::filesystem::read_symlink(entry.path(), gone).string().starts_with("socket:")) ++count;
  }
  return count;
}

inline HttpResponse plain_response(int status, std::string body = {}) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

inline ClientRequest get(std::string url, std::chrono::milliseconds deadline = 5s) {
  ClientRequest request;
  request.url = std::move(url);
  request.deadline = deadline;
  return request;
}

// Keeps what arrives; `on_message` may answer.
struct Recorder final : WebSocketListener {
  void on_text(std::string_view text) override { take(text, "text:"); }
  void on_binary(std::string_view bytes) override { take(bytes, "binary:"); }
  void take(std::string_view message, const char* kind) {
    messages.push_back(kind + std::string(message));
    if (on_message) on_message(message);
  }
  std::vector<std::string> messages;
  std::function<void(std::string_view)> on_message;
};

class NetTest : public testing::Test {
 protected:
  void SetUp() override {
    sockets_before_ = open_sockets();
    context_.emplace(1);
    http_client(executor());  // has two sockets of its own
    sockets_ = open_sockets();
  }

  // Everything ends by itself once the server is gone: a socket or timer left behind keeps the context busy.
  void TearDown() override {
    server_.reset();
    context_->restart();
    context_->run_for(10s);
    EXPECT_TRUE(context_->stopped()) << "something is still under way";
    EXPECT_EQ(http_client(executor()).transfers(), 0U);
    EXPECT_EQ(open_sockets(), sockets_ + http_client(executor()).open_sockets()) << "a socket was leaked";
    context_.reset();
    EXPECT_EQ(open_sockets(), sockets_before_) << "the pool was not closed";
  }

  async::Executor executor() { return context_->get_executor(); }

  void serve(HttpHandlers handlers, HttpServerOptions options = {}) {
    options.port = 0;
    auto listening = HttpServer::listen(*context_, options, std::move(handlers));
    ASSERT_TRUE(listening) << describe(listening.error());
    server_ = std::move(*listening);
  }

  // Serves WebSockets on every path with `session`.
  void serve_sockets(std::function<async::Task<>(std::unique_ptr<WebSocket>)> session,
                     WebSocketOptions options = {}) {
    PromptHandlers handlers;
    handlers.upgrade = [this, session = std::move(session),
                        options](const HttpRequest&) -> std::variant<HttpResponse, Upgrade> {
      return Upgrade{*context_, options, session, [this] { ++abandoned_; }};
    };
    serve(std::move(handlers));
  }

  std::string address(std::string_view scheme = "ws", std::string_view path = "/") const {
    return std::string(scheme) + "://127.0.0.1:" + std::to_string(server_->port()) + std::string(path);
  }

  // Runs the context until the task has ended and gives its value.
  template <class T>
  T run(async::Task<T> task) {
    std::optional<T> value;
    std::exception_ptr failure;
    bool ended = false;
    asio::co_spawn(executor(), std::move(task), [&](std::exception_ptr thrown, T result) {
      failure = thrown;
      value = std::move(result);
      ended = true;
    });
    run_until([&] { return ended; });
    if (failure) std::rethrow_exception(failure);
    return std::move(*value);
  }

  void run(async::Task<> task) {
    bool ended = false;
    std::exception_ptr failure;
    asio::co_spawn(executor(), std::move(task), [&](std::exception_ptr thrown) {
      failure = thrown;
      ended = true;
    });
    run_until([&] { return ended; });
    if (failure) std::rethrow_exception(failure);
  }

  void run_until(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    context_->restart();
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("the test waited too long");
      context_->run_one_for(100ms);
      if (context_->stopped()) context_->restart();
    }
  }

  // --- a peer without a library

  async::Task<TcpSocket> dial() {
    TcpSocket socket(executor());
    co_await socket.async_connect({asio::ip::address_v4::loopback(), server_->port()}, kToken);
    co_return socket;
  }

  // Sends the bytes and returns everything until the server closes.
  async::Task<std::string> talk(std::string bytes) {
    auto socket = co_await dial();
    error_code ec;
    co_await asio::async_write(socket, asio::buffer(bytes), into(ec));
    co_return co_await read_to_end(socket);
  }

  static async::Task<std::string> read_to_end(TcpSocket& socket) {
    std::string answer;
    error_code ec;
    co_await asio::async_read(socket, asio::dynamic_buffer(answer), into(ec));
    co_return answer;
  }

  // A connected socket behind an accepted upgrade.
  async::Task<std::unique_ptr<TcpSocket>> dial_websocket() {
    auto socket = co_await dial();
    const std::string request =
        "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
    co_await asio::async_write(socket, asio::buffer(request), kToken);
    std::string answer;
    while (!answer.ends_with("\r\n\r\n")) {
      char byte = 0;
      co_await asio::async_read(socket, asio::buffer(&byte, 1), kToken);
      answer.push_back(byte);
    }
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 101")) << answer;
    co_return std::make_unique<TcpSocket>(std::move(socket));
  }

  TcpSocket raw_websocket() { return std::move(*run(dial_websocket())); }

  static constexpr asio::use_awaitable_t<async::Executor> kToken{};
  std::optional<asio::io_context> context_;
  std::unique_ptr<HttpServer> server_;
  std::size_t sockets_before_ = 0;
  std::size_t sockets_ = 0;
  int abandoned_ = 0;
};

}  // namespace parley::net
