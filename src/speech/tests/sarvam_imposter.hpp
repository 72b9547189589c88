// A Sarvam on loopback that does what a test tells it.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "agent/agent.hpp"
#include "net/http_client.hpp"
#include "net/prompt_handlers.hpp"
#include "vendor/account.hpp"
#include "vendor/usage.hpp"

namespace parley::speech {

struct UsageLog final : vendor::Observer {
  void on_usage(const vendor::Usage& usage) override { reported.push_back(usage); }
  void on_vendor_event(const vendor::VendorEvent&) override {}
  double total_seconds() const {
    double seconds = 0;
    for (const auto& usage : reported)
      seconds += usage.audio_seconds;
    return seconds;
  }
  std::int64_t total_characters() const {
    std::int64_t characters = 0;
    for (const auto& usage : reported)
      characters += usage.characters;
    return characters;
  }
  std::vector<vendor::Usage> reported;
};

class SarvamImposter : public testing::Test {
 protected:
  // One WebSocket as the vendor sees it.
  struct Session final : net::WebSocketListener {
    void on_text(std::string_view text) override {
      heard.emplace_back(text);
      if (test->on_message_) test->on_message_(*this, text);
    }
    void on_binary(std::string_view bytes) override { on_text(bytes); }
    void send(std::string_view text) {
      if (socket) socket->send_text(text);
    }
    void send_binary(std::string_view bytes) {
      if (socket) socket->send_binary(bytes);
    }
    void close(std::uint16_t code, std::string_view reason) {
      if (socket) socket->close(static_cast<net::CloseCode>(code), reason);
    }
    void cut() {
      if (socket) socket->cut();
    }
    bool has(std::string_view message) const { return count(message) > 0; }
    std::ptrdiff_t count(std::string_view message) const { return std::ranges::count(heard, message); }

    SarvamImposter* test = nullptr;
    net::WebSocket* socket = nullptr;
    std::vector<std::string> heard;
    bool ended = false;
  };

  void SetUp() override { context_.emplace(1); }

  // Everything ends by itself once the server is gone: a socket or timer left behind keeps the context busy.
  void TearDown() override {
    server_.reset();
    context_->restart();
    context_->run_for(std::chrono::seconds(10));
    EXPECT_TRUE(context_->stopped()) << "something is still under way";
    EXPECT_EQ(net::open_client_websockets(), 0U);
    EXPECT_EQ(net::http_client(executor()).transfers(), 0U);
    context_.reset();
  }

  async::Executor executor() { return context_->get_executor(); }

  void serve_vendor() {
    net::PromptHandlers handlers;
    handlers.upgrade =
        [this](const net::HttpRequest& request) -> std::variant<net::HttpResponse, net::Upgrade> {
      note(request);
      if (refuse_) return *refuse_;
      return net::Upgrade{*context_, {}, [this](auto socket) { return listen(std::move(socket)); }, [] {}};
    };
    handlers.request = [this](const net::HttpRequest& request) {
      note(request);
      bodies_.push_back(request.body);
      return on_request_ ? on_request_(request) : net::HttpResponse{};
    };
    net::HttpServerOptions options;
    options.port = 0;
    auto listening = net::HttpServer::listen(*context_, options, std::move(handlers));
    ASSERT_TRUE(listening) << describe(listening.error());
    server_ = std::move(*listening);
  }

  vendor::Account account() const {
    return {"sarvam", "http://127.0.0.1:" + std::to_string(server_->port()), "secret-key", "SARVAM_API_KEY"};
  }
  static agent::AgentPtr agent() { return std::make_shared<agent::Agent>(); }
  static agent::ProviderChoice choice(std::string model, std::map<std::string, std::string> options = {}) {
    agent::ProviderChoice made;
    made.provider = "sarvam";
    made.model = std::move(model);
    made.options = std::move(options);
    return made;
  }

  void run_until(const std::function<bool()>& condition) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    context_->restart();
    while (!condition()) {
      if (std::chrono::steady_clock::now() > limit) throw std::runtime_error("the test waited too long");
      context_->run_one_for(std::chrono::milliseconds(100));
      if (context_->stopped()) context_->restart();
    }
  }
  bool all_ended() const {
    return std::ranges::all_of(sessions_, [](const auto& session) { return session->ended; });
  }

  void note(const net::HttpRequest& request) {
    requests_.push_back(request.path + (request.query.empty() ? "" : "?" + request.query));
    keys_.emplace_back(request.header("api-subscription-key"));
  }
  async::Task<> listen(std::unique_ptr<net::WebSocket> socket) {
    const auto session = std::make_shared<Session>();
    session->test = this;
    session->socket = socket.get();
    sessions_.push_back(session);
    co_await socket->run(*session);
    session->socket = nullptr;
    session->ended = true;
  }

  std::optional<async::asio::io_context> context_;
  std::unique_ptr<net::HttpServer> server_;
  std::vector<std::shared_ptr<Session>> sessions_;
  std::vector<std::string> requests_;  // path and query
  std::vector<std::string> keys_;
  std::vector<std::string> bodies_;
  std::optional<net::HttpResponse> refuse_;  // of upgrades
  std::function<void(Session&, std::string_view)> on_message_;
  std::function<net::HttpResponse(const net::HttpRequest&)> on_request_;
  UsageLog usage_;
};

}  // namespace parley::speech
