#include "net/http_client.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>

#include "net/tests/net_fixture.hpp"
#include "net/tests/raw_server.hpp"

namespace parley::net {
namespace {

// Keeps what it is told; the hooks may do anything, also destroy the transfer.
struct Told final : ResponseListener {
  void on_response_head(const ResponseHead& told) override {
    head = told;
    ++calls;
    if (at_head) at_head();
  }
  void on_response_body(std::string_view bytes) override {
    body += bytes;
    ++calls;
    if (at_body) at_body();
  }
  void on_response_end() override {
    ended = true;
    ++calls;
    if (at_end) at_end();
  }
  void on_response_failed(Error error) override {
    failure = std::move(error);
    ++calls;
    if (at_end) at_end();
  }
  bool over() const { return ended || failure; }

  std::optional<ResponseHead> head;
  std::string body;
  bool ended = false;
  std::optional<Error> failure;
  int calls = 0;
  std::function<void()> at_head;
  std::function<void()> at_body;
  std::function<void()> at_end;
};

class HttpClientTest : public NetTest {
 protected:
  void TearDown() override {
    raw_.reset();
    NetTest::TearDown();
  }

  void answer_with(RawServer::Answer answer) { raw_.emplace(executor(), std::move(answer)); }
  void answer_with(std::string bytes, bool close = false) {
    answer_with([=](const std::string&) { return RawReply{bytes, close}; });
  }

  HttpClient& client() { return http_client(executor()); }
  Result<Response> ask(ClientRequest request) { return run(fetch(executor(), std::move(request))); }
  Result<Response> ask() { return ask(get(raw_->address())); }

  void expect_failure(const Result<Response>& response, Errc code, std::string_view words) {
    ASSERT_FALSE(response);
    EXPECT_EQ(response.error().code, code) << response.error().message;
    EXPECT_NE(response.error().message.find(words), std::string::npos) << response.error().message;
  }

  void expect_nothing_left() {
    EXPECT_EQ(client().transfers(), 0U);
    EXPECT_EQ(client().open_sockets(), 0U);
  }

  std::optional<RawServer> raw_;
};

TEST_F(HttpClientTest, ABodyIsToldAsItComes) {
  answer_with("HTTP/1.1 206 Partial\r\nX-One:  1 \r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
  Told told;
  const auto transfer = client().start(get(raw_->address()), told);
  run_until([&] { return told.body == "one"; });
  EXPECT_EQ(told.head->status, 206);
  EXPECT_EQ(find_header(told.head->headers, "x-one"), "1");
  EXPECT_FALSE(told.over());
  raw_->send(0, "3\r\ntwo\r\n");
  run_until([&] { return told.body == "onetwo"; });
  raw_->send(0, "0\r\nTrailer: x\r\n\r\n");
  run_until([&] { return told.over(); });
  EXPECT_TRUE(told.ended);
  EXPECT_EQ(told.calls, 4);
  EXPECT_EQ(client().transfers(), 0U);
}

TEST_F(HttpClientTest, NoListenerIsCalledFromInsideStart) {
  Told told;
  const auto transfer = client().start(get("ftp://127.0.0.1/"), told);
  EXPECT_EQ(told.calls, 0);
  EXPECT_EQ(client().transfers(), 1U);
  run_until([&] { return told.over(); });
  EXPECT_EQ(told.failure->code, Errc::invalid_argument);
  expect_nothing_left();
}

TEST_F(HttpClientTest, TheRequestIsSentAsItWasMade) {
  answer_with(ok(""));
  ClientRequest request;
  request.method = "POST";
  request.url = raw_->address("/a/../b%20c?x=1#part");
  request.headers = {{"X-Key", "k: v"}, {"X-Empty", ""}, {"Content-Type", "application/json"}};
  request.body = std::string(5'000, 'b');  // curl would ask "Expect: 100-continue" for a long one
  ASSERT_TRUE(ask(request));
  const std::string& sent = raw_->requests().at(0);
  EXPECT_TRUE(sent.starts_with("POST /a/../b%20c?x=1 HTTP/1.1\r\n")) << sent;
  for (const char* line :
       {"\r\nX-Key: k: v\r\n", "\r\nX-Empty:\r\n", "\r\nContent-Type: application/json\r\n",
        "\r\nUser-Agent: parley\r\n", "\r\nContent-Length: 5000\r\n"})
    EXPECT_NE(sent.find(line), std::string::npos) << line;
  EXPECT_EQ(sent.find("Expect"), std::string::npos);
  EXPECT_TRUE(sent.ends_with("\r\n\r\n" + request.body));
}

TEST_F(HttpClientTest, EveryMethodIsSentByItsName) {
  answer_with([](const std::string& request) {
    return RawReply{request.starts_with("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" : ok("x")};
  });
  for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    auto request = get(raw_->address());
    request.method = method;
    const auto response = ask(request);
    ASSERT_TRUE(response) << describe(response.error());
    EXPECT_EQ(response->body, method == "HEAD" ? "" : "x");
    EXPECT_TRUE(raw_->requests().back().starts_with(method + " / ")) << raw_->requests().back();
    EXPECT_EQ(raw_->requests().back().find("Content-Type"), std::string::npos);
  }
  EXPECT_EQ(raw_->accepted(), 1U);
}

TEST_F(HttpClientTest, WhatWouldSplitARequestIsRefused) {
  answer_with(ok(""));
  auto request = get(raw_->address());
  request.headers = {{"X-Key", "secret\r\nX-Other: 1"}};
  expect_failure(ask(request), Errc::invalid_argument, "X-Key");
  EXPECT_EQ(ask(request).error().message.find("secret"), std::string::npos);
  request.headers = {{"X Key", "1"}};
  expect_failure(ask(request), Errc::invalid_argument, "name");
  request.headers = {};
  request.method = "GET /other";
  expect_failure(ask(request), Errc::invalid_argument, "method");
  EXPECT_TRUE(raw_->requests().empty());
}

TEST_F(HttpClientTest, AConnectionServesFurtherRequests) {
  answer_with(ok("x"));
  Told first;
  const auto one = client().start(get(raw_->address()), first);
  run_until([&] { return first.over(); });
  EXPECT_FALSE(one->reused_connection());
  Told second;
  const auto two = client().start(get(raw_->address()), second);
  run_until([&] { return second.head.has_value(); });
  EXPECT_TRUE(two->reused_connection());
  run_until([&] { return second.over(); });
  EXPECT_EQ(raw_->accepted(), 1U);
  EXPECT_EQ(client().open_sockets(), 1U);
}

TEST_F(HttpClientTest, APooledConnectionThatTheServerClosedIsNotUsed) {
  answer_with(ok("x"));
  ASSERT_TRUE(ask());
  raw_->close(0);
  const auto response = ask();
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(raw_->accepted(), 2U);
  EXPECT_EQ(client().open_sockets(), 1U);
}

TEST_F(HttpClientTest, ARequestThatMeetsADyingConnectionIsSentAgainOnAFreshOne) {
  answer_with([this](const std::string&) {
    return raw_->requests().size() == 2 ? RawReply{"", true} : RawReply{ok("x")};
  });
  auto request = get(raw_->address());
  request.method = "POST";
  request.body = "once more";
  ASSERT_TRUE(ask(request));
  Told told;
  const auto transfer = client().start(request, told);
  run_until([&] { return told.over(); });
  EXPECT_TRUE(told.ended);
  EXPECT_FALSE(transfer->reused_connection());
  EXPECT_EQ(raw_->accepted(), 2U);
  EXPECT_TRUE(raw_->requests().at(2).ends_with("once more"));
}

TEST_F(HttpClientTest, WhatMustNotHappenTwiceIsNotSentAgain) {
  answer_with([this](const std::string&) {
    return raw_->requests().size() == 2 ? RawReply{"", true} : RawReply{ok("x")};
  });
  auto request = get(raw_->address());
  request.method = "POST";
  request.body = "once only";
  request.only_once = true;
  ASSERT_TRUE(ask(request));
  Told told;
  const auto transfer = client().start(request, told);
  run_until([&] { return told.over(); });
  EXPECT_FALSE(told.ended);
  EXPECT_NE(transfer->written_at(), SteadyTime{}) << "it may have been acted on";
  EXPECT_EQ(raw_->requests().size(), 2U);
  EXPECT_EQ(raw_->accepted(), 2U) << "a connection of its own";
}

TEST_F(HttpClientTest, AFailureTellsWhenNothingCanHaveLeft) {
  answer_with(ok("x"));
  const auto address = raw_->address();
  raw_.reset();
  Told told;
  const auto transfer = client().start(get(address), told);
  run_until([&] { return told.over(); });
  EXPECT_FALSE(told.ended);
  EXPECT_EQ(transfer->written_at(), SteadyTime{});
}

TEST_F(HttpClientTest, InterimHeadsArePassedOver) {
  answer_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + ok("x"));
  const auto response = ask();
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 200);
  EXPECT_FALSE(find_header(response->headers, "link"));
}

// gzip of "hello", twenty times.
const std::string kZipped(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xcb\x48\xcd\xc9\xc9\xcf\xa0\x2d\x01\x00\xd1\x89\xd2\x42\x64\x00"
    "\x00\x00",
    28);

TEST_F(HttpClientTest, BodiesAreUnpackedAndTheirLimitCountsWhatComesOut) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: " +
              std::to_string(kZipped.size()) + "\r\n\r\n" + kZipped);
  auto request = get(raw_->address());
  request.max_body_bytes = 100;
  const auto response = ask(request);
  ASSERT_TRUE(response) << describe(response.error());
  std::string expected;
  for (int i = 0; i < 20; ++i)
    expected += "hello";
  EXPECT_EQ(response->body, expected);
  EXPECT_NE(raw_->requests().at(0).find("Accept-Encoding: "), std::string::npos);
  request.max_body_bytes = 99;
  expect_failure(ask(request), Errc::protocol, "more than 99 bytes");
}

TEST_F(HttpClientTest, AHeadWithoutEndIsRefused) {
  std::string bytes = "HTTP/1.1 200 OK\r\n";
  for (int i = 0; i < 300; ++i)
    bytes += fmt::format("X-{}: {}\r\n", i, std::string(1000, 'x'));
  answer_with(bytes);
  expect_failure(ask(), Errc::protocol, "a head of more than");
  expect_nothing_left();
}

TEST_F(HttpClientTest, AnAnswerThatBreaksOffIsUnavailable) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", true);
  expect_failure(ask(), Errc::unavailable, raw_->address());
  answer_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nshort\r\n", true);
  expect_failure(ask(), Errc::unavailable, raw_->address());
  answer_with("", true);
  expect_failure(ask(), Errc::unavailable, raw_->address());
  answer_with("HTTP/1.1 200", true);
  EXPECT_FALSE(ask());
  expect_nothing_left();
}

TEST_F(HttpClientTest, WhatIsNotHttpIsAProtocolFailure) {
  answer_with("SSH-2.0-OpenSSH_9.2\r\n", true);
  expect_failure(ask(), Errc::protocol, raw_->address());
  answer_with("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnot a length\r\n", true);
  EXPECT_FALSE(ask());
  answer_with("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 5\r\n\r\nplain", true);
  expect_failure(ask(), Errc::protocol, raw_->address());
  expect_nothing_left();
}

TEST_F(HttpClientTest, EachDeadlineHasItsOwnMessage) {
  answer_with("");
  auto request = get(raw_->address("/x?key=secret"));
  request.head_deadline = 30ms;
  expect_failure(ask(request), Errc::timeout, "no response head within 30 ms");
  EXPECT_EQ(ask(request).error().message.find("secret"), std::string::npos);

  request = get(raw_->address("/", "https"));  // a server that never answers the TLS handshake
  request.connect_deadline = 30ms;
  expect_failure(ask(request), Errc::timeout, "no connection to https://127.0.0.1");

  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nx");
  request = get(raw_->address());
  request.idle_deadline = 30ms;
  expect_failure(ask(request), Errc::timeout, "paused within the body for more than 30 ms");

  request = get(raw_->address(), 30ms);
  expect_failure(ask(request), Errc::timeout, "did not finish within 30 ms");
  expect_nothing_left();
}

TEST_F(HttpClientTest, PiecesOfABodyPutTheIdleDeadlineOff) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  auto request = get(raw_->address());
  request.idle_deadline = 400ms;
  Told told;
  const auto transfer = client().start(request, told);
  run_until([&] { return told.head.has_value(); });
  for (int i = 0; i < 5; ++i) {
    context_->run_for(100ms);
    raw_->send(0, "x");
  }
  run_until([&] { return told.over(); });
  EXPECT_TRUE(told.ended);
  EXPECT_GT(std::chrono::steady_clock::now() - transfer->started_at(), 450ms);
}

TEST_F(HttpClientTest, CancellingLeavesNothingOpenInAnyPhase) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  RawServer silent(executor(), [](const std::string&) { return RawReply{}; });
  using Phase = std::function<bool(const Told&)>;
  const std::vector<std::pair<std::string, Phase>> phases{
      {raw_->address(), [](const Told&) { return true; }},
      {raw_->address(), [this](const Told&) { return client().open_sockets() == 1; }},
      {"http://localhost:1/", [turns = 0](const Told&) mutable { return ++turns == 2; }},
      {silent.address(), [&](const Told&) { return silent.requests().size() == 1; }},
      {silent.address("/", "https"), [&](const Told&) { return silent.accepted() == 2; }},
      {raw_->address(), [](const Told& told) { return told.head.has_value(); }},
      {raw_->address(), [](const Told& told) { return told.body == "half"; }},
  };
  for (const auto& [address, reached] : phases) {
    Told told;
    auto transfer = client().start(get(address), told);
    run_until([&] { return reached(told); });
    const int calls = told.calls;
    transfer.reset();
    expect_nothing_left();
    context_->run_for(20ms);
    EXPECT_EQ(told.calls, calls) << address;
  }
  run_until([&] { return silent.left() == 2; });
}

TEST_F(HttpClientTest, AListenerMayDestroyItsTransferInEachCall) {
  answer_with(ok("body"));
  for (const int call : {1, 2, 3}) {
    Told told;
    std::unique_ptr<HttpTransfer> transfer;
    const auto destroy = [&] {
      if (told.calls == call) transfer.reset();
    };
    told.at_head = told.at_body = told.at_end = destroy;
    transfer = client().start(get(raw_->address()), told);
    run_until([&] { return !transfer; });
    context_->run_for(5ms);
    EXPECT_EQ(told.calls, call);
    EXPECT_EQ(client().transfers(), 0U);
  }
  Told told;
  std::unique_ptr<HttpTransfer> transfer;
  told.at_end = [&] { transfer.reset(); };
  transfer = client().start(get("http://127.0.0.1:1/"), told);
  run_until([&] { return !transfer; });
  EXPECT_EQ(told.failure->code, Errc::unavailable);
}

TEST_F(HttpClientTest, AListenerMayDestroyTheOthersAndStartNewOnes) {
  answer_with(ok("body"));
  std::vector<Told> told(20);
  std::vector<std::unique_ptr<HttpTransfer>> transfers(20);
  Told last;
  std::unique_ptr<HttpTransfer> started;
  for (auto& one : told) {
    one.at_head = [&] {
      for (auto& transfer : transfers)
        transfer.reset();
      started = client().start(get(raw_->address()), last);
    };
  }
  for (std::size_t i = 0; i < told.size(); ++i)
    transfers[i] = client().start(get(raw_->address()), told[i]);
  run_until([&] { return last.over(); });
  EXPECT_TRUE(last.ended);
  EXPECT_EQ(std::ranges::count_if(told, [](const Told& one) { return one.calls > 0; }), 1);
  EXPECT_EQ(client().transfers(), 0U);
}

TEST_F(HttpClientTest, AnEndedTransferMayBeFollowedInItsLastCall) {
  answer_with(ok("body"));
  int rounds = 0;
  Told told;
  std::unique_ptr<HttpTransfer> transfer;
  told.at_end = [&] {
    if (++rounds < 5) transfer = client().start(get(raw_->address()), told);
  };
  transfer = client().start(get(raw_->address()), told);
  run_until([&] { return rounds == 5; });
  EXPECT_EQ(raw_->accepted(), 1U);
}

TEST_F(HttpClientTest, TwoHundredAtOnceAllArrive) {
  answer_with([](const std::string& request) { return RawReply{ok(request.substr(5, 3))}; });
  std::vector<Told> told(200);
  std::vector<std::unique_ptr<HttpTransfer>> transfers;
  for (std::size_t i = 0; i < told.size(); ++i)
    transfers.push_back(client().start(get(raw_->address(fmt::format("/{:03}", i))), told[i]));
  EXPECT_EQ(client().transfers(), 200U);
  run_until([&] { return std::ranges::all_of(told, &Told::over); });
  for (std::size_t i = 0; i < told.size(); ++i)
    EXPECT_EQ(told[i].body, fmt::format("{:03}", i));
  EXPECT_EQ(client().transfers(), 0U);
  EXPECT_LE(client().open_sockets(), 128U);
}

TEST_F(HttpClientTest, CancellingTwoHundredClosesTheirConnections) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
  std::vector<Told> told(200);
  std::vector<std::unique_ptr<HttpTransfer>> transfers;
  for (auto& one : told)
    transfers.push_back(client().start(get(raw_->address()), one));
  run_until([&] { return raw_->requests().size() > 100; });
  transfers.clear();
  expect_nothing_left();
  run_until([&] { return raw_->left() == raw_->accepted(); });
}

TEST_F(HttpClientTest, CancellingTheTaskCancelsItsFetch) {
  answer_with("");
  asio::cancellation_signal cancel;
  bool ended = false;
  asio::co_spawn(executor(), fetch(executor(), get(raw_->address())),
                 asio::bind_cancellation_slot(
                     cancel.slot(), [&](std::exception_ptr, const Result<Response>&) { ended = true; }));
  run_until([&] { return raw_->requests().size() == 1; });
  cancel.emit(asio::cancellation_type::terminal);
  run_until([&] { return ended; });
  expect_nothing_left();
}

TEST_F(HttpClientTest, ATransferMayOutliveItsLoop) {
  answer_with("");
  Told told;
  const auto transfer = client().start(get(raw_->address()), told);
  run_until([&] { return raw_->requests().size() == 1; });
  client().warm("http://localhost:1/");
  raw_.reset();
  context_.reset();
  EXPECT_EQ(open_sockets(), sockets_before_);
  EXPECT_EQ(told.calls, 0);
  context_.emplace(1);
}

TEST_F(HttpClientTest, WarmingOpensAConnectionThatTheNextRequestTakes) {
  answer_with(ok("x"));
  client().warm(raw_->address("/v1/chat?key=secret"));
  run_until([&] { return client().transfers() == 0; });
  EXPECT_EQ(raw_->accepted(), 1U);
  EXPECT_EQ(client().open_sockets(), 1U);
  EXPECT_EQ(raw_->requests().at(0).find("secret"), std::string::npos);
  Told told;
  const auto transfer = client().start(get(raw_->address()), told);
  run_until([&] { return told.over(); });
  EXPECT_TRUE(transfer->reused_connection());
  EXPECT_EQ(raw_->accepted(), 1U);
}

TEST_F(HttpClientTest, WarmingDoesNothingWhileAConnectionRestsInThePool) {
  answer_with(ok("x"));
  client().warm(raw_->address());
  client().warm(raw_->address());
  EXPECT_EQ(client().transfers(), 1U);
  run_until([&] { return client().transfers() == 0; });
  client().warm(raw_->address());
  EXPECT_EQ(client().transfers(), 0U);
  EXPECT_EQ(raw_->requests().size(), 1U);

  raw_->close(0);
  client().warm(raw_->address());
  run_until([&] { return client().transfers() == 0; });
  EXPECT_EQ(raw_->accepted(), 2U);
}

TEST_F(HttpClientTest, WarmingOpensAnotherConnectionWhenThePooledOneIsBusy) {
  answer_with([](const std::string& request) {
    return RawReply{request.starts_with("GET /slow") ? "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nha"
                                                     : ok("x")};
  });
  ASSERT_TRUE(ask());
  Told told;
  const auto transfer = client().start(get(raw_->address("/slow")), told);
  run_until([&] { return told.body == "ha"; });
  client().warm(raw_->address());
  run_until([&] { return client().transfers() == 1; });
  EXPECT_EQ(raw_->accepted(), 2U);
  raw_->send(0, "lf");
  run_until([&] { return told.over(); });
  EXPECT_TRUE(told.ended);
}

TEST_F(HttpClientTest, WarmingWhatIsNotThereIsSilent) {
  client().warm("http://127.0.0.1:1/");
  client().warm("not an address");
  client().warm("wss://127.0.0.1/");
  run_until([&] { return client().transfers() == 0; });
  expect_nothing_left();
}

}  // namespace
}  // namespace parley::net
