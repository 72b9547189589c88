// A vendor on loopback that does what a test tells it, and an owner that writes down what its socket says.
#pragma once

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "net/prompt_handlers.hpp"
#include "vendor/client_socket.hpp"

namespace parley::vendor {

struct Owner final : ClientSocketListener {
  void on_socket_open() override { note("open"); }
  void on_socket_text(std::string_view text) override { note("text " + std::string(text)); }
  void on_socket_binary(std::string_view bytes) override { note("binary " + std::string(bytes)); }
  void on_socket_refused(const net::ConnectError& error) override {
    refused = error;
    note("refused");
  }
  void on_socket_closed(const net::CloseInfo& close) override {
    note("closed " + std::to_string(close.code) + " " + close.reason);
  }

  void note(std::string what) {
    told.push_back(std::move(what));
    if (told.back().starts_with(drop_at) && !drop_at.empty()) socket.reset();
    if (on_call) on_call();
  }
  bool has(std::string_view what) const {
    return std::ranges::any_of(told, [what](const auto& one) { return one.starts_with(what); });
  }

  std::unique_ptr<ClientSocket> socket;
  std::vector<std::string> told;
  std::optional<net::ConnectError> refused;
  std::string drop_at;  // the socket is destroyed inside this call
  std::function<void()> on_call;
};

// Keeps what the vendor's side hears; `on_message` may answer.
struct Recorder final : net::WebSocketListener {
  void on_text(std::string_view text) override { take(text, "text:"); }
  void on_binary(std::string_view bytes) override { take(bytes, "binary:"); }
  void take(std::string_view message, const char* kind) {
    messages.push_back(kind + std::string(message));
    if (on_message) on_message(message);
  }
  std::vector<std::string> messages;
  std::function<void(std::string_view)> on_message;
};

inline std::size_t open_descriptors() {
  const std::filesystem::directory_iterator all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

class SocketTest : public testing::Test {
 protected:
  void SetUp() override {
    descriptors_ = open_descriptors();
    context_.emplace(1);
  }

  // Everything ends by itself once the server is gone: a socket or timer left behind keeps the context busy.
  void TearDown() override {
    server_.reset();
    context_->restart();
    context_->run_for(std::chrono::seconds(10));
    EXPECT_TRUE(context_->stopped()) << "something is still under way";
    EXPECT_EQ(net::open_client_websockets(), 0U);
    context_.reset();
    EXPECT_EQ(open_descriptors(), descriptors_) << "a socket was leaked";
  }

  async::Executor executor() { return context_->get_executor(); }

  void serve(net::HttpHandlers handlers) {
    net::HttpServerOptions options;
    options.port = 0;
    auto listening = net::HttpServer::listen(*context_, options, std::move(handlers));
    ASSERT_TRUE(listening) << describe(listening.error());
    server_ = std::move(*listening);
  }
  void serve_sockets(std::function<async::Task<>(std::unique_ptr<net::WebSocket>)> session) {
    net::PromptHandlers handlers;
    handlers.upgrade = [this, session = std::move(session)](
                           const net::HttpRequest&) -> std::variant<net::HttpResponse, net::Upgrade> {
      return net::Upgrade{*context_, {}, session, [] {}};
    };
    serve(std::move(handlers));
  }
  std::string address() const { return "ws://127.0.0.1:" + std::to_string(server_->port()) + "/"; }

  void run_until(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    context_->restart();
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("the test waited too long");
      context_->run_one_for(std::chrono::milliseconds(100));
      if (context_->stopped()) context_->restart();
    }
  }

  // What the vendor heard and how its socket ended.
  struct Session {
    Recorder heard;
    net::WebSocket* socket = nullptr;
    std::optional<net::CloseInfo> ended;
  };

  async::Task<> listen(std::unique_ptr<net::WebSocket> socket) {
    sessions_.push_back(std::make_unique<Session>());
    auto& session = *sessions_.back();
    session.socket = socket.get();
    session.heard.on_message = [this, &session](std::string_view message) {
      if (on_message_) on_message_(session, message);
    };
    session.ended = co_await socket->run(session.heard);
    session.socket = nullptr;
  }
  void serve_vendor() {
    serve_sockets([this](auto socket) { return listen(std::move(socket)); });
  }

  ClientSocketOptions options() const {
    ClientSocketOptions options;
    options.url = address();
    return options;
  }
  void open(Owner& owner) { owner.socket = open_client_socket(executor(), options(), &owner); }
  void open_and_wait(Owner& owner) {
    open(owner);
    run_until([&] { return owner.has("open"); });
  }
  void wait_for_all_sockets_to_go() {
    run_until([] { return net::open_client_websockets() == 0; });
  }

  async::Task<> keep(std::unique_ptr<net::WebSocket> socket) {
    kept_.push_back(std::move(socket));
    co_return;
  }

  std::optional<async::asio::io_context> context_;
  std::unique_ptr<net::HttpServer> server_;
  std::size_t descriptors_ = 0;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<net::WebSocket>> kept_;
  std::function<void(Session&, std::string_view)> on_message_;
};

}  // namespace parley::vendor
