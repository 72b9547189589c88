// A vendor on loopback that answers what a test says, byte for byte, and a listener that writes down what a
// model tells it.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <variant>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "llm/chat_model.hpp"
#include "net/http_client.hpp"
#include "net/websocket.hpp"

namespace parley::llm {

namespace asio = boost::asio;

struct Heard {
  std::string head;  // request line and headers
  std::string body;
};

struct Imposter {
  using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, async::Executor>;
  using Socket = asio::basic_stream_socket<asio::ip::tcp, async::Executor>;
  static constexpr asio::use_awaitable_t<async::Executor> kToken{};

  static constexpr std::string_view kNothing = "HTTP/1.1 204 No Content\r\n\r\n";

  struct Answer {
    std::vector<std::string> pieces;  // written one after another
    bool cut = false;                 // the connection is closed behind them
  };

  explicit Imposter(asio::io_context& context)
      : acceptor(context.get_executor(), {asio::ip::address_v4::loopback(), 0}) {
    asio::co_spawn(acceptor.get_executor(), accept(), asio::detached);
  }

  std::string address() const { return fmt::format("http://127.0.0.1:{}", acceptor.local_endpoint().port()); }

  void stop() {
    acceptor.close();
    for (auto& socket : sockets)
      socket->close();
  }

  async::Task<> accept() {
    while (true) {
      boost::system::error_code ec;
      auto socket =
          std::make_shared<Socket>(co_await acceptor.async_accept(asio::redirect_error(kToken, ec)));
      if (ec) co_return;
      socket->set_option(asio::ip::tcp::no_delay(true));
      sockets.push_back(socket);
      asio::co_spawn(acceptor.get_executor(), serve(socket), asio::detached);
    }
  }

  async::Task<> serve(std::shared_ptr<Socket> socket) {
    std::string buffer;
    boost::system::error_code ec;
    while (true) {
      const auto head = co_await asio::async_read_until(*socket, asio::dynamic_buffer(buffer), "\r\n\r\n",
                                                        asio::redirect_error(kToken, ec));
      if (ec) co_return;
      Heard request{buffer.substr(0, head), {}};
      buffer.erase(0, head);
      const auto at = request.head.find("Content-Length: ");
      std::size_t length = 0;
      if (at != std::string::npos)
        std::from_chars(request.head.data() + at + 16, request.head.data() + request.head.size(), length);
      if (buffer.size() < length)
        co_await asio::async_read(*socket, asio::dynamic_buffer(buffer),
                                  asio::transfer_exactly(length - buffer.size()),
                                  asio::redirect_error(kToken, ec));
      if (ec) co_return;
      request.body = buffer.substr(0, length);
      buffer.erase(0, length);
      if (request.head.starts_with("HEAD ")) {  // a client that only wants the connection
        co_await asio::async_write(*socket, asio::buffer(kNothing), asio::redirect_error(kToken, ec));
        if (ec) co_return;
        continue;
      }
      heard.push_back(std::move(request));
      if (answers.empty()) continue;  // never answers
      const Answer answer = std::move(answers.front());
      answers.pop_front();
      for (const auto& piece : answer.pieces) {
        co_await asio::async_write(*socket, asio::buffer(piece), asio::redirect_error(kToken, ec));
        if (ec) co_return;
      }
      if (answer.cut) socket->close();
    }
  }

  Acceptor acceptor;
  std::list<std::shared_ptr<Socket>> sockets;
  std::deque<Answer> answers;
  std::vector<Heard> heard;
};

inline std::string stream_head() {
  return "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
}
inline std::string chunk(std::string_view bytes) {
  return fmt::format("{:x}\r\n{}\r\n", bytes.size(), bytes);
}
inline std::string event(std::string_view data) {
  return chunk(fmt::format("data: {}\n\n", data));
}
inline std::string stream_end() {
  return "0\r\n\r\n";
}
inline Imposter::Answer streamed(const std::vector<std::string>& events) {
  Imposter::Answer answer{{stream_head()}, false};
  for (const auto& one : events)
    answer.pieces.push_back(event(one));
  answer.pieces.push_back(stream_end());
  return answer;
}
inline Imposter::Answer refusal(int status, std::string_view body, std::string_view headers = {}) {
  return {{fmt::format("HTTP/1.1 {} No\r\nContent-Type: application/json\r\n{}Content-Length: {}\r\n\r\n{}",
                       status, headers, body.size(), body)},
          false};
}

// Notes every call as a line; may drop the reply at one that begins as said.
struct ReplyNotes final : ChatListener {
  void on_reply_text(std::string_view delta) override {
    text += delta;
    note("text");
  }
  void on_reply_action(ChatAction action) override {
    constexpr const char* kNames[] = {"end_call", "transfer", "stage", "slot", "tool_used"};
    note(std::string("action ") + kNames[action.index()]);
    actions.push_back(std::move(action));
  }
  void on_reply_tool_call(ToolCall call) override {
    calls.push_back(call);
    note("tool " + call.name);
  }
  void on_reply_end() override { note("end"); }
  void on_reply_failed(vendor::VendorError failure) override {
    error = std::move(failure);
    note("failed");
  }
  void note(std::string what) {
    lines.push_back(std::move(what));
    if (!drop_at.empty() && lines.back().starts_with(drop_at)) reply.reset();
  }
  bool over() const { return !lines.empty() && (lines.back() == "end" || lines.back() == "failed"); }

  std::unique_ptr<ChatReply> reply;
  std::string drop_at;
  std::string text;
  std::vector<std::string> lines;
  std::vector<ChatAction> actions;
  std::vector<ToolCall> calls;
  vendor::VendorError error;
};

struct UsageNotes final : vendor::Observer {
  void on_usage(const vendor::Usage& usage) override { used.push_back(usage); }
  void on_vendor_event(const vendor::VendorEvent&) override {}
  std::vector<vendor::Usage> used;
};

class ModelTest : public testing::Test {
 protected:
  void SetUp() override {
    context_ = std::make_unique<asio::io_context>(1);
    imposter_ = std::make_unique<Imposter>(*context_);
    agent_ = std::make_shared<agent::Agent>();
    agent_->name = "desk";
    agent_->version = "v1";
    agent_->prompt = "Be kind.";
  }
  void TearDown() override {
    notes_.reply.reset();
    EXPECT_EQ(net::http_client(executor()).transfers(), 0U) << "a transfer was leaked";
    imposter_->stop();
    context_->restart();
    context_->run_for(std::chrono::milliseconds(20));
    imposter_.reset();
    context_.reset();
  }

  async::Executor executor() { return context_->get_executor(); }

  ChatRequest request(std::vector<Message> history, std::map<std::string, std::string> options = {}) {
    agent::ProviderChoice choice;
    choice.provider = "test";
    choice.model = "m-1";
    choice.options = std::move(options);
    return {executor(), agent_, choice, std::move(history), {}, log::Logger("test"), usage_, "call-1"};
  }
  static std::vector<Message> question(std::string text = "hello") {
    return {{Role::agent, "Welcome.", InputKind::speech, {}},
            {Role::caller, std::move(text), InputKind::speech, {}}};
  }

  void ask(ChatModel& model, ChatRequest request) {
    notes_.lines.clear();
    notes_.text.clear();
    notes_.reply = model.start(std::move(request), notes_);
    ASSERT_TRUE(notes_.lines.empty()) << "a call from inside start()";
    run_until([&] { return notes_.over() || (!notes_.drop_at.empty() && !notes_.reply); });
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

  std::unique_ptr<asio::io_context> context_;
  std::unique_ptr<Imposter> imposter_;
  std::shared_ptr<agent::Agent> agent_;
  ManualClock clock_;
  UsageNotes usage_;
  ReplyNotes notes_;
};

}  // namespace parley::llm
