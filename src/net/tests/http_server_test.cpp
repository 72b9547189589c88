#include "net/http_server.hpp"

#include <sys/resource.h>

#include <unistd.h>

#include <boost/asio/basic_socket_acceptor.hpp>

#include "net/tests/net_fixture.hpp"

namespace parley::net {
namespace {

class HttpServerTest : public NetTest {
 protected:
  // Answers with what it was asked, and keeps it.
  PromptHandlers mirror() {
    PromptHandlers handlers;
    handlers.request = [this](const HttpRequest& request) {
      asked_.push_back(request);
      HttpResponse response;
      response.body = request.method + " " + request.path + " [" + request.query + "] " + request.body;
      return response;
    };
    return handlers;
  }
  std::vector<HttpRequest> asked_;
};

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t found = 0;
  for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
    ++found;
  return found;
}

TEST_F(HttpServerTest, GivesTheHandlerTheDecodedPathAndTheRawQuery) {
  serve(mirror());
  const auto answer =
      run(talk("POST /api%2Fx%20y?a=%41&b HTTP/1.1\r\nHost: h\r\nX-Thing: One\r\nConnection: close\r\n"
               "Content-Length: 4\r\n\r\nbody"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\nPOST /api/x y [a=%41&b] body")) << answer;
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_[0].header("x-thing"), "One");
  EXPECT_EQ(asked_[0].header("absent"), "");
  EXPECT_EQ(asked_[0].remote_address, "127.0.0.1");
}

TEST_F(HttpServerTest, KeepsTheConnectionForFurtherRequests) {
  serve(mirror());
  const auto answer =
      run(talk("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n"
               "GET /3 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\nGET /4 HTTP/1.1\r\nHost: h\r\n\r\n"));
  EXPECT_EQ(count(answer, "HTTP/1.1 200"), 3U) << answer;
  EXPECT_EQ(count(answer, "Connection: keep-alive"), 2U);
}

TEST_F(HttpServerTest, AnHttp10ClientGetsItsConnectionClosed) {
  serve(mirror());
  EXPECT_NE(run(talk("GET / HTTP/1.0\r\n\r\n")).find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, HeadIsAskedAsGetAndAnsweredWithoutABody) {
  serve(mirror());
  const auto answer = run(talk("HEAD /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_NE(answer.find("Content-Length: 10\r\n"), std::string::npos) << answer;
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
  EXPECT_EQ(asked_.at(0).method, "GET");
}

TEST_F(HttpServerTest, ChunkedBodiesArrivePutTogether) {
  serve(mirror());
  const auto answer =
      run(talk("POST / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
               "2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n"));
  EXPECT_TRUE(answer.ends_with("abcde")) << answer;
}

TEST_F(HttpServerTest, AClientThatExpectsContinueGetsIt) {
  serve(mirror());
  TcpSocket socket(executor());
  socket.connect({asio::ip::address_v4::loopback(), server_->port()});
  asio::write(socket, asio::buffer(std::string("PUT /x HTTP/1.1\r\nHost: h\r\nConnection: close\r\n"
                                               "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n")));
  std::string interim(25, '\0');
  run([](TcpSocket& from, std::string& to) -> async::Task<> {
    co_await asio::async_read(from, asio::buffer(to), kToken);
  }(socket, interim));
  EXPECT_EQ(interim, "HTTP/1.1 100 Continue\r\n\r\n");
  asio::write(socket, asio::buffer("ok", 2));
  EXPECT_TRUE(run(read_to_end(socket)).ends_with("] ok"));
}

TEST_F(HttpServerTest, HeadersOverTheLimitAreRefused) {
  serve(mirror());
  const auto answer = run(talk("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 431 ")) << answer;
  EXPECT_TRUE(asked_.empty());
}

TEST_F(HttpServerTest, BodiesOverTheLimitAreRefusedBeforeTheyAreSent) {
  HttpServerOptions options;
  options.max_body_bytes = 10;
  serve(mirror(), options);
  EXPECT_TRUE(
      run(talk("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n")).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(run(talk("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: "
                       "chunked\r\n\r\nb\r\n01234567890\r\n0\r\n\r\n"))
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(HttpServerTest, GarbageIsAnsweredWithOneLine) {
  serve(mirror());
  for (const std::string garbage :
       {"\x16\x03\x01\x02 hello\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nbroken header\r\n\r\n", "POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"}) {
    const auto answer = run(talk(garbage));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
    EXPECT_TRUE(answer.ends_with("\r\n\r\nThis is not an HTTP/1.1 request.\n")) << answer;
  }
}

TEST_F(HttpServerTest, ARequestThatDripsInIsGivenUp) {
  HttpServerOptions options;
  options.request_deadline = 60ms;
  serve(mirror(), options);
  EXPECT_TRUE(run(talk("GET / HTTP/1.1\r\nHo")).starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(run(talk("POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nab")).starts_with("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, AConnectionWithoutARequestIsClosedSilently) {
  HttpServerOptions options;
  options.idle_deadline = 60ms;
  serve(mirror(), options);
  EXPECT_EQ(run(talk("")), "");
}

TEST_F(HttpServerTest, AHandlersOwnHeadersCannotSplitTheResponse) {
  PromptHandlers handlers;
  handlers.request = [](const HttpRequest&) {
    HttpResponse response;
    response.status = 302;
    response.headers = {{"Location", "/x"}, {"Bad", "a\r\nInjected: 1"}};
    return response;
  };
  serve(std::move(handlers));
  const auto answer = run(talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 302 Found\r\n"));
  EXPECT_NE(answer.find("Location: /x\r\n"), std::string::npos);
  EXPECT_EQ(answer.find("Injected"), std::string::npos);
}

TEST_F(HttpServerTest, AHandlerThatThrowsIsA500) {
  PromptHandlers handlers;
  handlers.request = [](const HttpRequest&) -> HttpResponse { throw std::runtime_error("a bug"); };
  serve(std::move(handlers));
  const auto answer = run(talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 500 "));
  EXPECT_EQ(answer.find("a bug"), std::string::npos);
}

TEST_F(HttpServerTest, LargeBodiesArriveWhole) {
  const std::string body(3'000'000, 'b');
  PromptHandlers handlers;
  handlers.request = [&](const HttpRequest&) {
    HttpResponse response;
    response.body = body;
    return response;
  };
  serve(std::move(handlers));
  const auto answer = run(talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(answer.ends_with(body));
}

TEST_F(HttpServerTest, StopClosesIdleConnectionsAndThePort) {
  serve(mirror());
  const auto port = server_->port();
  auto idle = TcpSocket(executor());
  idle.connect({asio::ip::address_v4::loopback(), port});
  asio::write(idle, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: h\r\n\r\n")));
  run_until([&] { return asked_.size() == 1; });
  context_->poll();
  server_->stop();
  EXPECT_TRUE(run(read_to_end(idle)).starts_with("HTTP/1.1 200"));  // ends: the server closed it
  TcpSocket late(executor());
  error_code ec;
  late.connect({asio::ip::address_v4::loopback(), port}, ec);
  EXPECT_EQ(ec, asio::error::connection_refused);
}

TEST_F(HttpServerTest, ARequestUnderWayIsAnsweredAfterStop) {
  serve(mirror());
  TcpSocket busy(executor());
  busy.connect({asio::ip::address_v4::loopback(), server_->port()});
  asio::write(busy, asio::buffer(std::string("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")));
  context_->restart();
  context_->run_for(50ms);
  server_->stop();
  context_->poll();
  asio::write(busy, asio::buffer("ok", 2));
  const auto answer = run(read_to_end(busy));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200"));
  EXPECT_NE(answer.find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, NoHandlerIsCalledOnceTheServerIsGone) {
  serve(mirror());
  TcpSocket busy(executor());
  busy.connect({asio::ip::address_v4::loopback(), server_->port()});
  asio::write(busy, asio::buffer(std::string("POST /x HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n")));
  context_->restart();
  context_->run_for(50ms);
  server_.reset();
  asio::write(busy, asio::buffer("ok", 2));
  EXPECT_TRUE(run(read_to_end(busy)).starts_with("HTTP/1.1 503"));
  EXPECT_TRUE(asked_.empty());
}

TEST_F(HttpServerTest, TheContextMayEndInTheMiddleOfEverything) {
  serve_sockets([](std::unique_ptr<WebSocket> socket) -> async::Task<> {
    Recorder recorder;
    co_await socket->run(recorder);
  });
  auto socket = raw_websocket();
  auto idle = std::make_unique<TcpSocket>(executor());
  idle->connect({asio::ip::address_v4::loopback(), server_->port()});
  context_->run_for(50ms);
  server_.reset();
  idle.reset();
  {
    const auto gone = std::move(socket);
  }
  context_.reset();  // with the session and the connection still suspended in it
  EXPECT_EQ(open_sockets(), sockets_before_);
  context_.emplace(1);
}

TEST_F(HttpServerTest, AHandlerCanRefuseAnUpgrade) {
  PromptHandlers handlers;
  handlers.upgrade = [](const HttpRequest& request) -> std::variant<HttpResponse, Upgrade> {
    HttpResponse response;
    response.status = std::stoi(request.path.substr(1));
    return response;
  };
  serve(std::move(handlers));
  const std::vector<std::pair<int, Errc>> expected{{401, Errc::permission_denied},
                                                   {403, Errc::permission_denied},
                                                   {404, Errc::not_found},
                                                   {503, Errc::unavailable},
                                                   {200, Errc::protocol}};
  for (const auto& [status, code] : expected) {
    const auto path = "/" + std::to_string(status) + "?token=secret";
    const auto socket = run(connect_websocket(executor(), address("ws", path), {}));
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().error.code, code) << status;
    EXPECT_NE(socket.error().error.message.find("status " + std::to_string(status)), std::string::npos);
    EXPECT_EQ(socket.error().error.message.find("secret"), std::string::npos);
  }
}

TEST_F(HttpServerTest, TheUpgradeSeesBasicCredentialsOfTheAddress) {
  std::string authorization;
  PromptHandlers handlers;
  handlers.upgrade = [&](const HttpRequest& request) -> std::variant<HttpResponse, Upgrade> {
    authorization = request.header("authorization");
    return plain_response(403);
  };
  serve(std::move(handlers));
  const auto port = std::to_string(server_->port());
  const auto socket = run(connect_websocket(executor(), "ws://us%65r:p%40ss@127.0.0.1:" + port + "/", {}));
  ASSERT_FALSE(socket);
  EXPECT_EQ(authorization, "Basic dXNlcjpwQHNz");
  EXPECT_EQ(socket.error().error.message.find("p@ss"), std::string::npos);
}

TEST_F(HttpServerTest, AHandshakeThatFailsIsAbandoned) {
  serve_sockets([](std::unique_ptr<WebSocket>) -> async::Task<> { co_return; });
  const auto answer =
      run(talk("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               "Sec-WebSocket-Version: 13\r\n\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
  EXPECT_EQ(abandoned_, 1);
}

TEST_F(HttpServerTest, WithoutFreeDescriptorsItWaitsInsteadOfSpinning) {
#if __has_feature(undefined_behavior_sanitizer)
  // The sanitizer looks at memory through a pipe: without a free descriptor it takes every object for a
  // broken one.
  GTEST_SKIP() << "the undefined-behaviour sanitizer itself needs a descriptor";
#endif
  serve(mirror());
  context_->poll();
  TcpSocket waiting(executor());
  waiting.connect({asio::ip::address_v4::loopback(), server_->port()});
  rlimit limits{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limits), 0);
  const int next_free = ::dup(0);
  ::close(next_free);
  const rlimit exhausted{static_cast<rlim_t>(next_free), limits.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &exhausted), 0);
  context_->restart();
  EXPECT_LT(context_->run_for(150ms), 20U);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limits), 0);
  asio::write(waiting, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")));
  EXPECT_TRUE(run(read_to_end(waiting)).starts_with("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, APortInUseIsExplained) {
  serve(mirror());
  HttpServerOptions options;
  options.port = server_->port();
  const auto second = HttpServer::listen(*context_, options, {});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Errc::already_exists);
  EXPECT_TRUE(second.error().message.starts_with("port " + std::to_string(options.port) + " is in use"))
      << second.error().message;
}

TEST_F(HttpServerTest, AHostThatIsNotOursIsExplained) {
  HttpServerOptions options;
  options.port = 0;
  options.host = "192.0.2.1";  // RFC 5737: nobody's
  auto server = HttpServer::listen(*context_, options, {});
  ASSERT_FALSE(server);
  EXPECT_NE(server.error().message.find("use 127.0.0.1 or 0.0.0.0"), std::string::npos)
      << server.error().message;
  options.host = "no such host";
  server = HttpServer::listen(*context_, options, {});
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().code, Errc::invalid_argument);
}

TEST_F(HttpServerTest, FetchReturnsAnyStatus) {
  PromptHandlers handlers;
  handlers.request = [](const HttpRequest& request) {
    HttpResponse response;
    response.status = 404;
    response.content_type = "application/json";
    response.body = std::string(request.header("authorization")) + request.query;
    return response;
  };
  serve(std::move(handlers));
  const auto port = std::to_string(server_->port());
  const auto response = run(fetch(executor(), get("http://user:pass@localhost:" + port + "/x?a=b", 5s)));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->status, 404);
  EXPECT_EQ(find_header(response->headers, "content-type"), "application/json");
  EXPECT_EQ(response->body, "Basic dXNlcjpwYXNza=b");
}

TEST_F(HttpServerTest, FetchGivesUpAtItsDeadline) {
  asio::basic_socket_acceptor<asio::ip::tcp, async::Executor> silent(executor(),
                                                                     {asio::ip::address_v4::loopback(), 0});
  const auto port = std::to_string(silent.local_endpoint().port());
  const auto response = run(fetch(executor(), get("http://127.0.0.1:" + port + "/", 60ms)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::timeout);
  ConnectOptions hasty;
  hasty.deadline = 60ms;
  const auto socket = run(connect_websocket(executor(), "ws://127.0.0.1:" + port + "/?key=secret", hasty));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().error.code, Errc::timeout);
  EXPECT_EQ(socket.error().error.message.find("secret"), std::string::npos);
}

TEST_F(HttpServerTest, AnUnreachableServerIsNamedWithoutItsSecrets) {
  const auto response = run(fetch(executor(), get("http://u:secret@127.0.0.1:1/x?t=secret", 5s)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::unavailable);
  EXPECT_NE(response.error().message.find("http://127.0.0.1:1/x"), std::string::npos);
  EXPECT_EQ(response.error().message.find("secret"), std::string::npos);
}

}  // namespace
}  // namespace parley::net
