#include "net/websocket.hpp"

#include <numeric>

#include "async/task_group.hpp"
#include "net/tests/net_fixture.hpp"

namespace parley::net {
namespace {

class WebSocketTest : public NetTest {
 protected:
  // What the server's socket saw.
  Recorder heard_;
  std::optional<CloseInfo> ended_;
  WebSocket* server_socket_ = nullptr;

  async::Task<> echo(std::unique_ptr<WebSocket> socket) {
    server_socket_ = socket.get();
    heard_.on_message = [this](std::string_view message) {
      heard_.messages.back().starts_with("text:") ? server_socket_->send_text(message)
                                                  : server_socket_->send_binary(message);
    };
    co_await listen(std::move(socket));
  }

  async::Task<> listen(std::unique_ptr<WebSocket> socket) {
    server_socket_ = socket.get();
    ended_ = co_await socket->run(heard_);
    server_socket_ = nullptr;
  }

  void serve_echo(WebSocketOptions options = {}) {
    serve_sockets([this](auto socket) { return echo(std::move(socket)); }, options);
  }
  void serve_listening(WebSocketOptions options = {}) {
    serve_sockets([this](auto socket) { return listen(std::move(socket)); }, options);
  }

  std::unique_ptr<WebSocket> connect(ConnectOptions options = {}) {
    auto connected = run(connect_websocket(executor(), address(), options));
    if (!connected) throw std::runtime_error(describe(connected.error().error));
    return std::move(*connected);
  }

  CloseInfo run_client(WebSocket& socket, Recorder& recorder) { return run(socket.run(recorder)); }
};

TEST_F(WebSocketTest, EchoesTextAndBinaryInOrder) {
  serve_echo();
  const auto socket = connect();
  Recorder answers;
  const std::string big(100'000, 'x');
  socket->send_text("one");
  socket->send_binary(std::string_view("\0\xff\x01", 3));
  socket->send_text("");
  socket->send_text(big);
  answers.on_message = [&](std::string_view) {
    if (answers.messages.size() == 4) socket->close(CloseCode::normal, "done");
  };
  const auto info = run_client(*socket, answers);
  const std::vector<std::string> expected{"text:one", "binary:" + std::string("\0\xff\x01", 3),
                                          "text:", "text:" + big};
  EXPECT_EQ(answers.messages, expected);
  EXPECT_EQ(info.code, 1000);
  EXPECT_TRUE(info.by_us);
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1000);
  EXPECT_EQ(ended_->reason, "done");
  EXPECT_FALSE(ended_->by_us);
}

TEST_F(WebSocketTest, EveryTextHasReadableZerosBehindIt) {
  serve_listening();
  const auto socket = connect();
  std::size_t checked = 0;
  heard_.on_message = [&](std::string_view message) {
    const auto* behind = message.data() + message.size();
    EXPECT_EQ(std::accumulate(behind, behind + 64, 0), 0) << message.size();
    ++checked;
  };
  for (std::size_t size = 1400; size < 1700; ++size)
    socket->send_text(std::string(size, 'a'));
  socket->close(CloseCode::normal, "");
  Recorder none;
  run_client(*socket, none);
  EXPECT_EQ(checked, 300U);
}

TEST_F(WebSocketTest, AMessageOverTheLimitClosesWithTooBig) {
  WebSocketOptions small;
  small.max_message_bytes = 1000;
  serve_listening(small);
  const auto socket = connect();
  socket->send_text(std::string(1001, 'x'));
  Recorder none;
  const auto info = run_client(*socket, none);
  EXPECT_EQ(info.code, 1009);
  EXPECT_FALSE(info.by_us);
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1009);
  EXPECT_TRUE(ended_->by_us);
  EXPECT_TRUE(heard_.messages.empty());
}

TEST_F(WebSocketTest, TheServersCloseComesBehindItsQueuedMessages) {
  serve_sockets([this](std::unique_ptr<WebSocket> socket) -> async::Task<> {
    for (int i = 0; i < 50; ++i)
      socket->send_text(std::string(2000, 'm'));
    socket->close(CloseCode::try_again_later, "full");
    socket->send_text("dropped");
    return listen(std::move(socket));
  });
  const auto socket = connect();
  Recorder answers;
  const auto info = run_client(*socket, answers);
  EXPECT_EQ(answers.messages.size(), 50U);
  EXPECT_EQ(info.code, 1013);
  EXPECT_EQ(info.reason, "full");
  EXPECT_FALSE(info.by_us);
  run_until([&] { return ended_.has_value(); });
  EXPECT_TRUE(ended_->by_us);
  EXPECT_EQ(ended_->code, 1013);  // the answer repeats our code
}

TEST_F(WebSocketTest, APeerThatVanishesIsAnAbnormalEnd) {
  serve_listening();
  auto socket = raw_websocket();
  socket.close();
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1006);
  EXPECT_FALSE(ended_->by_us);
}

TEST_F(WebSocketTest, AnEmptyCloseFrameIsCode1005) {
  serve_listening();
  auto socket = raw_websocket();
  asio::write(socket, asio::buffer(std::string("\x88\x80\0\0\0\0", 6)));
  const auto answer = run(read_to_end(socket));
  EXPECT_EQ(answer.substr(0, 1), "\x88");
  socket.close();
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1005);
}

TEST_F(WebSocketTest, ACloseThatIsNeverAnsweredEndsAtItsDeadline) {
  WebSocketOptions options;
  options.close_deadline = 60ms;
  serve_listening(options);
  const auto silent = raw_websocket();
  run_until([&] { return server_socket_ != nullptr; });
  const auto since = std::chrono::steady_clock::now();
  server_socket_->close(CloseCode::going_away, "");
  run_until([&] { return ended_.has_value(); });
  EXPECT_GE(std::chrono::steady_clock::now() - since, 60ms);
  EXPECT_LT(std::chrono::steady_clock::now() - since, 3s);
  EXPECT_EQ(ended_->code, 1006);
  EXPECT_TRUE(ended_->by_us);
}

TEST_F(WebSocketTest, APeerThatClosesButKeepsItsConnectionIsCutAtTheDeadline) {
  WebSocketOptions options;
  options.close_deadline = 60ms;
  serve_listening(options);
  auto lingering = raw_websocket();
  asio::write(lingering, asio::buffer(std::string("\x88\x82\0\0\0\0\x03\xe9", 8)));
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1001);
  EXPECT_FALSE(ended_->by_us);
}

TEST_F(WebSocketTest, AReaderThatFallsBehindIsCut) {
  WebSocketOptions options;
  options.max_queued_bytes = 1024 * 1024;
  serve_listening(options);
  const auto deaf = raw_websocket();
  run_until([&] { return server_socket_ != nullptr; });
  const std::string piece(200'000, 'x');
  std::size_t sent = 0;
  while (!ended_ && sent < 1000) {
    server_socket_->send_binary(piece);
    EXPECT_LE(server_socket_->queued_bytes(), options.max_queued_bytes);
    ++sent;
    context_->restart();
    context_->poll();
  }
  run_until([&] { return ended_.has_value(); });
  EXPECT_LT(sent, 1000U);
  EXPECT_EQ(ended_->code, 1006);
  EXPECT_EQ(ended_->reason, "the peer does not read what we send");
}

TEST_F(WebSocketTest, AWriteThatMakesNoProgressIsCutAtItsDeadline) {
  WebSocketOptions options;
  options.max_queued_bytes = 64 * 1024 * 1024;
  options.write_deadline = 60ms;
  serve_listening(options);
  const auto deaf = raw_websocket();
  run_until([&] { return server_socket_ != nullptr; });
  server_socket_->send_binary(std::string(32 * 1024 * 1024, 'x'));
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1006);
  EXPECT_EQ(ended_->reason, "the peer does not read what we send");
}

TEST_F(WebSocketTest, AnIdleSocketOutlivesItsWriteDeadline) {
  WebSocketOptions options;
  options.write_deadline = 20ms;
  serve_echo(options);
  ConnectOptions ours;
  ours.socket.write_deadline = 20ms;
  const auto socket = connect(ours);
  Recorder answers;
  async::Timer later(executor());
  socket->send_text("first");
  later.expires_after(100ms);
  later.async_wait([&](error_code) { socket->send_text("second"); });
  answers.on_message = [&](std::string_view message) {
    if (message == "second") socket->close(CloseCode::normal, "");
  };
  EXPECT_EQ(run_client(*socket, answers).code, 1000);
  EXPECT_EQ(answers.messages.size(), 2U);
}

TEST_F(WebSocketTest, APingIsAnsweredWithItsPayload) {
  serve_listening();
  auto socket = raw_websocket();
  asio::write(socket, asio::buffer(std::string("\x89\x82\0\0\0\0hi", 8)));
  std::string pong(4, '\0');
  run([](TcpSocket& from, std::string& to) -> async::Task<> {
    co_await asio::async_read(from, asio::buffer(to), kToken);
  }(socket, pong));
  EXPECT_EQ(pong, "\x8a\x02hi");
}

TEST_F(WebSocketTest, BrokenFramesCloseWithProtocolError) {
  serve_listening();
  auto socket = raw_websocket();
  asio::write(socket, asio::buffer(std::string("\x81\x02hi", 4)));  // a client must mask
  const auto answer = run(read_to_end(socket));
  EXPECT_EQ(answer, std::string("\x88\x02\x03\xea", 4));
  socket.close();
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1002);
  EXPECT_TRUE(ended_->by_us);
}

TEST_F(WebSocketTest, TextThatIsNotUtf8IsRefused) {
  serve_listening();
  auto socket = raw_websocket();
  asio::write(socket, asio::buffer(std::string("\x81\x81\0\0\0\0\xff", 7)));
  const auto answer = run(read_to_end(socket));
  EXPECT_EQ(answer.substr(0, 4), std::string("\x88\x02\x03\xef", 4));
  EXPECT_TRUE(heard_.messages.empty());
}

TEST_F(WebSocketTest, CancellingRunCutsTheConnection) {
  serve_listening();
  auto socket = connect();
  Recorder none;
  async::TaskGroup group(executor(), {});
  bool returned = false;
  group.spawn([](WebSocket& of, Recorder& into_recorder, bool& done) -> async::Task<> {
    co_await of.run(into_recorder);
    done = true;
  }(*socket, none, returned));
  run_until([&] { return server_socket_ != nullptr; });
  group.cancel();
  run(group.join());
  EXPECT_TRUE(returned);
  socket.reset();
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->code, 1006);
}

TEST_F(WebSocketTest, ACancelledTaskThatStartsRunStillEnds) {
  serve_listening();
  auto socket = connect();
  Recorder none;
  async::TaskGroup group(executor(), {});
  std::optional<CloseInfo> info;
  async::Timer wait(executor(), 10s);
  group.spawn([](WebSocket& of, Recorder& recorder, async::Timer& timer,
                 std::optional<CloseInfo>& result) -> async::Task<> {
    co_await asio::this_coro::throw_if_cancelled(false);
    error_code ec;
    co_await timer.async_wait(into(ec));
    result = co_await of.run(recorder);
  }(*socket, none, wait, info));
  context_->restart();
  context_->poll();
  group.cancel();
  run(group.join());
  ASSERT_TRUE(info);
  EXPECT_EQ(info->code, 1006);
}

TEST_F(WebSocketTest, CutFromInsideAMessageEndsTheRun) {
  serve_sockets([this](std::unique_ptr<WebSocket> socket) -> async::Task<> {
    heard_.on_message = [this](std::string_view) { server_socket_->cut(); };
    return listen(std::move(socket));
  });
  const auto socket = connect();
  socket->send_text("a");
  Recorder none;
  EXPECT_EQ(run_client(*socket, none).code, 1006);
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(ended_->reason, "the connection was cut on our side");
}

TEST_F(WebSocketTest, AListenerThatThrowsEndsItsOwnSocketOnly) {
  int failures = 0;
  serve_sockets([&, this](std::unique_ptr<WebSocket> socket) {
    heard_.on_message = [](std::string_view) { throw std::runtime_error("a bug"); };
    return [](Recorder& recorder, std::unique_ptr<WebSocket> of, int& count) -> async::Task<> {
      try {
        co_await of->run(recorder);
      } catch (const std::runtime_error&) {
        ++count;
      }
    }(heard_, std::move(socket), failures);
  });
  const auto socket = connect();
  socket->send_text("a");
  Recorder none;
  EXPECT_EQ(run_client(*socket, none).code, 1006);
  run_until([&] { return failures == 1; });
}

TEST_F(WebSocketTest, BothSidesMayCloseAtOnce) {
  serve_listening();
  const auto socket = connect();
  run_until([&] { return server_socket_ != nullptr; });
  server_socket_->close(CloseCode::going_away, "");
  socket->close(CloseCode::normal, "");
  Recorder none;
  const auto info = run_client(*socket, none);
  run_until([&] { return ended_.has_value(); });
  EXPECT_EQ(info.code, 1001);
  EXPECT_EQ(ended_->code, 1000);
}

TEST_F(WebSocketTest, ASocketMayBeDestroyedWithoutEverRunning) {
  serve_sockets([](std::unique_ptr<WebSocket> socket) -> async::Task<> {
    socket->send_text("never sent");
    co_return;
  });
  const auto socket = connect();
  Recorder none;
  EXPECT_EQ(run_client(*socket, none).code, 1006);
  EXPECT_TRUE(none.messages.empty());
}

TEST_F(WebSocketTest, TheUpgradeCarriesHeadersAndSubprotocol) {
  std::optional<HttpRequest> asked;
  PromptHandlers handlers;
  handlers.upgrade = [&](const HttpRequest& request) -> std::variant<HttpResponse, Upgrade> {
    asked = request;
    return plain_response(403);
  };
  serve(std::move(handlers));
  ConnectOptions options;
  options.headers = {{"Authorization", "Token secret"}, {"X-Trace", "1"}};
  options.subprotocol = "token, key";
  const auto socket = run(connect_websocket(executor(), address(), options));
  ASSERT_FALSE(socket);
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->header("authorization"), "Token secret");
  EXPECT_EQ(asked->header("x-trace"), "1");
  EXPECT_EQ(asked->header("sec-websocket-protocol"), "token, key");
  EXPECT_EQ(socket.error().error.message.find("secret"), std::string::npos);
}

TEST_F(WebSocketTest, ARefusalKeepsStatusHeadersAndTheStartOfItsBody) {
  PromptHandlers handlers;
  handlers.upgrade = [](const HttpRequest&) -> std::variant<HttpResponse, Upgrade> {
    HttpResponse response =
        plain_response(402, "{\"err_code\":\"ASR_PAYMENT_REQUIRED\"}" + std::string(100'000, ' '));
    response.headers = {{"dg-error", "no credit"}};
    return response;
  };
  serve(std::move(handlers));
  const auto socket = run(connect_websocket(executor(), address(), {}));
  ASSERT_FALSE(socket);
  ASSERT_TRUE(socket.error().refused);
  EXPECT_EQ(socket.error().refused->status, 402);
  EXPECT_EQ(find_header(socket.error().refused->headers, "DG-Error"), "no credit");
  EXPECT_EQ(socket.error().refused->body.size(), 16U * 1024);
  EXPECT_TRUE(socket.error().refused->body.starts_with("{\"err_code\":"));
}

TEST_F(WebSocketTest, AServerThatIsAwayIsNoRefusal) {
  const auto socket = run(connect_websocket(executor(), "ws://127.0.0.1:1/", {}));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().error.code, Errc::unavailable);
  EXPECT_FALSE(socket.error().refused);
}

TEST_F(WebSocketTest, AHeaderThatWouldSplitTheUpgradeIsRefused) {
  ConnectOptions options;
  options.headers = {{"X-Key", "secret\r\nX-Other: 1"}};
  const auto socket = run(connect_websocket(executor(), "ws://127.0.0.1:1/", options));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().error.code, Errc::invalid_argument);
  EXPECT_EQ(socket.error().error.message.find("secret"), std::string::npos);
}

TEST_F(WebSocketTest, OnlyTheClientsSideIsCounted) {
  serve_echo();
  EXPECT_EQ(open_client_websockets(), 0U);
  auto one = connect();
  auto two = connect();
  EXPECT_EQ(open_client_websockets(), 2U);
  one.reset();
  EXPECT_EQ(open_client_websockets(), 1U);
  two.reset();
  EXPECT_FALSE(run(connect_websocket(executor(), "ws://127.0.0.1:1/", {})));
  EXPECT_EQ(open_client_websockets(), 0U);
}

}  // namespace
}  // namespace parley::net
