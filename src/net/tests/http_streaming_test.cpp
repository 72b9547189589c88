// Bodies that are made while they are sent, handlers that take their time, and peers that go away meanwhile.
#include <deque>

#include "net/tests/net_fixture.hpp"

namespace parley::net {
namespace {

// What a test knows of a handler or a source after its end.
struct Life {
  int alive = 0;
  int asked = 0;
};

class Counted {
 public:
  explicit Counted(Life& life) : life_(life) { ++life_.alive; }
  ~Counted() { --life_.alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 protected:
  Life& life_;
};

// Gives the pieces, then what `end` says; waits for ever in front of the end if `waits`.
class Pieces final : public BodySource, Counted {
 public:
  Pieces(Life& life, async::Executor executor, std::deque<std::string> pieces)
      : Counted(life), timer_(executor), pieces_(std::move(pieces)) {}

  async::Task<Result<std::optional<std::string>>> next() override {
    ++life_.asked;
    if (!pieces_.empty()) {
      std::string piece = std::move(pieces_.front());
      pieces_.pop_front();
      co_return piece;
    }
    if (waits) {
      error_code ec;
      timer_.expires_at(async::Timer::time_point::max());
      co_await timer_.async_wait(into(ec));
    }
    if (throws) throw std::runtime_error("a bug");
    if (fails) co_return fail(Errc::io, "the disk is gone");
    co_return std::nullopt;
  }

  bool waits = false;
  bool fails = false;
  bool throws = false;

 private:
  async::Timer timer_;
  std::deque<std::string> pieces_;
};

class HttpStreamingTest : public NetTest {
 protected:
  std::shared_ptr<Pieces> pieces(std::deque<std::string> texts) {
    return std::make_shared<Pieces>(life_, executor(), std::move(texts));
  }

  // Serves one source, given out once.
  void serve_source(std::shared_ptr<Pieces> source, std::optional<std::uint64_t> bytes = std::nullopt,
                    std::string type = "text/csv", HttpServerOptions options = {}) {
    source_ = std::move(source);
    PromptHandlers handlers;
    handlers.request = [this, bytes, type](const HttpRequest& request) {
      HttpResponse response;
      response.content_type = type;
      if (request.path == "/plain") return response;
      response.source = std::exchange(source_, nullptr);
      response.source_bytes = bytes;
      return response;
    };
    serve(std::move(handlers), options);
  }

  // A handler that waits until it is cancelled.
  async::Task<HttpResponse> wait_for_ever(HttpRequest) {
    const Counted here(life_);
    ++life_.asked;
    async::Timer timer(executor(), async::Timer::time_point::max());
    error_code ec;
    co_await timer.async_wait(into(ec));
    co_return HttpResponse{};
  }
  void serve_waiting() {
    HttpHandlers handlers;
    handlers.request = [this](HttpRequest request) { return wait_for_ever(std::move(request)); };
    serve(std::move(handlers));
  }

  TcpSocket ask(const std::string& bytes) {
    TcpSocket socket(executor());
    socket.connect({asio::ip::address_v4::loopback(), server_->port()});
    asio::write(socket, asio::buffer(bytes));
    return socket;
  }
  static async::Task<std::string> read_until(TcpSocket& socket, std::string end) {
    std::string answer;
    while (!answer.ends_with(end)) {
      char byte = 0;
      co_await asio::async_read(socket, asio::buffer(&byte, 1), kToken);
      answer.push_back(byte);
    }
    co_return answer;
  }
  // How the connection ended: eof, or connection_reset when it was cut.
  static async::Task<error_code> end_of(TcpSocket& socket) {
    std::string rest;
    error_code ec;
    co_await asio::async_read(socket, asio::dynamic_buffer(rest), into(ec));
    co_return ec;
  }

  static constexpr const char* kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  static constexpr const char* kGetAndClose = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  Life life_;
  std::shared_ptr<Pieces> source_;
};

TEST_F(HttpStreamingTest, ASourceWithoutLengthComesInChunks) {
  serve_source(pieces({"one,", std::string(300'000, 'x'), "two"}));
  const auto answer =
      run(talk("GET / HTTP/1.1\r\nHost: h\r\n\r\nGET /plain HTTP/1.1\r\nHost: h\r\nConnection: "
               "close\r\n\r\n"));
  EXPECT_NE(answer.find("Transfer-Encoding: chunked\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Content-Length"), answer.rfind("Content-Length")) << "only the second has one";
  EXPECT_NE(answer.find("\r\n\r\n4\r\none,\r\n493e0\r\nxxx"), std::string::npos);
  EXPECT_NE(answer.find("xxx\r\n3\r\ntwo\r\n0\r\n\r\nHTTP/1.1 200"), std::string::npos)
      << "keeps the connection";
  EXPECT_EQ(life_.alive, 0);
}

TEST_F(HttpStreamingTest, ASourceOfKnownLengthComesAsItIs) {
  serve_source(pieces({"abc", "", "def"}), 6);
  const auto answer = run(talk(kGetAndClose));
  EXPECT_NE(answer.find("Content-Length: 6\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nabcdef")) << answer;
}

TEST_F(HttpStreamingTest, OurOwnClientReadsBothForms) {
  serve_source(pieces({"abc", "def"}));
  auto response = run(fetch(executor(), get(address("http"))));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "abcdef");
  source_ = pieces({"ghi"});
  response = run(fetch(executor(), get(address("http"))));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "ghi");
}

TEST_F(HttpStreamingTest, ASourceThatDoesNotKeepItsWordIsCut) {
  for (const auto& [texts, bytes] : std::vector<std::pair<std::deque<std::string>, std::uint64_t>>{
           {{"abc", "def"}, 5}, {{"abc"}, 4}, {{}, 1}, {{"a"}, 0}}) {
    serve_source(pieces(texts), bytes);
    auto socket = ask(kGet);
    EXPECT_EQ(run(end_of(socket)), asio::error::connection_reset) << bytes;
    source_ = pieces(texts);
    EXPECT_EQ(life_.alive, 1);
    source_.reset();
  }
}

TEST_F(HttpStreamingTest, ASourceThatFailsIsCutAndNeverEndsWell) {
  for (const char* request : {kGet, "GET / HTTP/1.0\r\n\r\n"}) {
    for (const bool throws : {false, true}) {
      auto source = pieces({"half"});
      source->fails = true;
      source->throws = throws;
      serve_source(std::move(source));
      auto socket = ask(request);
      EXPECT_EQ(run(end_of(socket)), asio::error::connection_reset);
      EXPECT_EQ(life_.alive, 0);
    }
  }
}

TEST_F(HttpStreamingTest, AnOldClientReadsToTheClose) {
  serve_source(pieces({"abc", "def"}));
  const auto answer = run(talk("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
  EXPECT_EQ(answer.find("Transfer-Encoding"), std::string::npos);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\nabcdef")) << answer;
}

TEST_F(HttpStreamingTest, HeadAsksTheSourceForNothing) {
  serve_source(pieces({"abc"}), 3);
  const auto answer = run(talk("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_NE(answer.find("Content-Length: 3\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(life_.asked, 0);
  EXPECT_EQ(life_.alive, 0);
}

TEST_F(HttpStreamingTest, APeerThatLeavesAWaitingSourceEndsIt) {
  auto source = pieces({"data: 1\n\n"});
  source->waits = true;
  serve_source(std::move(source), std::nullopt, "text/event-stream");
  auto socket = ask(kGet);
  EXPECT_TRUE(run(read_until(socket, "data: 1\n\n\r\n")).starts_with("HTTP/1.1 200"));
  EXPECT_EQ(life_.alive, 1);
  socket.close();
  run_until([&] { return life_.alive == 0; });
}

TEST_F(HttpStreamingTest, StopEndsAStreamOfEventsInGoodOrder) {
  auto source = pieces({"data: 1\n\n"});
  source->waits = true;
  serve_source(std::move(source), std::nullopt, "text/event-stream");
  auto socket = ask(kGet);
  run(read_until(socket, "data: 1\n\n\r\n"));
  server_->stop();
  EXPECT_EQ(run(read_to_end(socket)), "0\r\n\r\n");
  EXPECT_EQ(life_.alive, 0);
}

TEST_F(HttpStreamingTest, StopCutsAListSoThatNobodyTakesItForTheWhole) {
  auto source = pieces({"a,b\n"});
  source->waits = true;
  serve_source(std::move(source));
  auto socket = ask(kGet);
  run(read_until(socket, "a,b\n\r\n"));
  server_->stop();
  EXPECT_EQ(run(end_of(socket)), asio::error::connection_reset);
  EXPECT_EQ(life_.alive, 0);
}

TEST_F(HttpStreamingTest, StopLetsABodyOfKnownLengthArriveWhole) {
  const std::string piece(1'000'000, 'b');
  serve_source(pieces({piece, piece, piece, piece}), 4 * piece.size());
  auto socket = ask(kGet);
  run(read_until(socket, "\r\n\r\n"));
  server_->stop();
  EXPECT_EQ(run(read_to_end(socket)).size(), 4 * piece.size());
}

TEST_F(HttpStreamingTest, ASlowReaderSlowsTheSourceAndIsGivenUp) {
  HttpServerOptions options;
  options.request_deadline = 100ms;
  std::deque<std::string> many(200, std::string(1'000'000, 'b'));
  serve_source(pieces(std::move(many)), std::nullopt, "text/csv", options);
  auto socket = ask(kGet);
  run_until([&] { return life_.asked > 0 && life_.alive == 0; });
  EXPECT_LT(life_.asked, 100);
  EXPECT_NE(run(end_of(socket)), asio::error::eof);
}

TEST_F(HttpStreamingTest, AHandlerIsCancelledWhenItsPeerLeaves) {
  serve_waiting();
  auto socket = ask(kGet);
  run_until([&] { return life_.asked == 1; });
  EXPECT_EQ(life_.alive, 1);
  socket.close();
  run_until([&] { return life_.alive == 0; });
}

TEST_F(HttpStreamingTest, WhatComesInWhileAHandlerWorksIsTheNextRequest) {
  HttpHandlers handlers;
  async::Timer go(executor(), async::Timer::time_point::max());
  handlers.request = [this, &go](HttpRequest request) {
    return [](auto* self, auto& gate, auto asked) -> async::Task<HttpResponse> {
      ++self->life_.asked;
      error_code ec;
      if (asked.path == "/slow") co_await gate.async_wait(into(ec));
      HttpResponse response;
      response.body = asked.path;
      co_return response;
    }(this, go, std::move(request));
  };
  serve(std::move(handlers));
  auto socket = ask("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  run_until([&] { return life_.asked == 1; });
  asio::write(socket,
              asio::buffer(std::string("GET /next HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")));
  context_->restart();
  context_->run_for(20ms);
  EXPECT_EQ(life_.asked, 1);
  go.cancel();
  const auto answers = run(read_to_end(socket));
  EXPECT_LT(answers.find("/slow"), answers.find("/next")) << answers;
  EXPECT_TRUE(answers.ends_with("/next"));
}

TEST_F(HttpStreamingTest, TheDestructorEndsHandlersAndSources) {
  serve_waiting();
  std::vector<TcpSocket> sockets;
  for (int i = 0; i < 20; ++i)
    sockets.push_back(ask(kGet));
  run_until([&] { return life_.asked == 20; });
  server_.reset();
  EXPECT_EQ(life_.alive, 0);

  auto source = pieces({"x"});
  source->waits = true;
  serve_source(std::move(source));
  auto socket = ask(kGet);
  run(read_until(socket, "x\r\n"));
  context_->stop();
  server_.reset();
  EXPECT_EQ(life_.alive, 0);
  EXPECT_TRUE(context_->stopped());
}

TEST_F(HttpStreamingTest, AnUpgradeWhosePeerLeftIsNotRun) {
  HttpHandlers handlers;
  async::Timer go(executor(), async::Timer::time_point::max());
  handlers.upgrade = [this, &go](HttpRequest) {
    return [](auto* self, auto& gate) -> async::Task<UpgradeAnswer> {
      const Counted here(self->life_);
      ++self->life_.asked;
      error_code ec;
      co_await gate.async_wait(into(ec));
      co_return plain_response(403);
    }(this, go);
  };
  serve(std::move(handlers));
  auto socket =
      ask("GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  run_until([&] { return life_.asked == 1; });
  socket.close();
  run_until([&] { return life_.alive == 0; });
}

}  // namespace
}  // namespace parley::net
