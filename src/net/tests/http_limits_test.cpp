// What a peer may ask of the server's memory, time and sockets.
#include <fmt/format.h>

#include "net/tests/net_fixture.hpp"

namespace parley::net {
namespace {

class HttpLimitsTest : public NetTest {
 protected:
  void serve_limited() {
    PromptHandlers prompt;
    prompt.request = [this](const HttpRequest& request) {
      ++asked_;
      return plain_response(200, std::to_string(request.body.size()));
    };
    HttpHandlers handlers = std::move(prompt);
    handlers.body_limit = [](std::string_view method, std::string_view path) -> std::size_t {
      return method == "POST" && path == "/big" ? 100'000 : 10;
    };
    HttpServerOptions options;
    options.max_body_bytes = 50;  // the callback's word counts
    serve(std::move(handlers), options);
  }
  static std::string post(std::string_view path, const std::string& body) {
    return fmt::format("POST {} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}",
                       path, body.size(), body);
  }
  int asked_ = 0;
};

TEST_F(HttpLimitsTest, ABodysLimitBelongsToItsAddress) {
  serve_limited();
  EXPECT_TRUE(run(talk(post("/big", std::string(100'000, 'b')))).ends_with("\r\n\r\n100000"));
  EXPECT_TRUE(run(talk(post("/small", std::string(10, 'b')))).ends_with("\r\n\r\n10"));
  EXPECT_EQ(asked_, 2);
  for (const auto& request : {post("/small", std::string(11, 'b')), post("/big", std::string(100'001, 'b')),
                              std::string("PUT /big HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n")}) {
    const auto answer = run(talk(request));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
    EXPECT_NE(answer.find("The request's body is longer than 1"), std::string::npos) << answer;
  }
  EXPECT_EQ(asked_, 2);
}

TEST_F(HttpLimitsTest, ALongBodyIsRefusedBeforeItIsAskedFor) {
  serve_limited();
  const auto answer =
      run(talk("POST /small HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: "
               "99999999999\r\n\r\n"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 413 ")) << answer;
  EXPECT_EQ(answer.find("100 Continue"), std::string::npos);
}

TEST_F(HttpLimitsTest, ChunksCountTogether) {
  serve_limited();
  const std::string head =
      "POST /small HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: "
      "chunked\r\n\r\n";
  EXPECT_TRUE(run(talk(head + "5\r\n01234\r\n5\r\n01234\r\n0\r\n\r\n")).ends_with("\r\n\r\n10"));
  EXPECT_TRUE(run(talk(head + "5\r\n01234\r\n6\r\n012345\r\n0\r\n\r\n")).starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(run(talk(head + "ffffffffffffffff\r\n")).starts_with("HTTP/1.1 4"));
  EXPECT_EQ(asked_, 1);
}

// What a proxy in front may have read as another request, or as two.
TEST_F(HttpLimitsTest, ARequestThatCanBeReadInTwoWaysIsRefused) {
  serve_limited();
  const std::string hidden = "0\r\n\r\nGET /hidden HTTP/1.1\r\nHost: h\r\n\r\n";
  for (const char* headers :
       {"Transfer-Encoding: xchunked", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: gzip, chunked", "Transfer-Encoding: x\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5", "Content-Length: 5\r\nContent-Length: 6",
        "Host: other"}) {
    const auto answer =
        run(talk(fmt::format("POST /small HTTP/1.1\r\nHost: h\r\n{}\r\n\r\n{}", headers, hidden)));
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << headers << ": " << answer;
    EXPECT_EQ(answer.find("HTTP/1.1 4", 1), std::string::npos) << headers << ": " << answer;
  }
  EXPECT_EQ(asked_, 0);
}

TEST_F(HttpLimitsTest, HeadersThatDripInAreGivenUpInTheirTime) {
  HttpServerOptions options;
  options.request_deadline = 150ms;
  PromptHandlers handlers;
  handlers.request = [](const HttpRequest&) { return plain_response(200); };
  serve(std::move(handlers), options);
  TcpSocket socket(executor());
  socket.connect({asio::ip::address_v4::loopback(), server_->port()});
  asio::write(socket, asio::buffer(std::string("GET / HTTP/1.1\r\n")));
  const auto began = std::chrono::steady_clock::now();
  // A header now and then must not win more time.
  const auto drip = [](TcpSocket& to, async::Executor executor) -> async::Task<std::string> {
    async::Timer pause(executor);
    error_code ec;
    for (int i = 0; i < 200 && !ec; ++i) {
      co_await asio::async_write(to, asio::buffer("A: b\r\n", 6), into(ec));
      if (to.available() > 0) break;
      pause.expires_after(10ms);
      co_await pause.async_wait(kToken);
    }
    co_return co_await read_to_end(to);
  };
  EXPECT_TRUE(run(drip(socket, executor())).starts_with("HTTP/1.1 408 "));
  EXPECT_LT(std::chrono::steady_clock::now() - began, 1500ms);
}

TEST_F(HttpLimitsTest, AnEndlessLineIsRefused) {
  serve_limited();
  EXPECT_TRUE(run(talk("GET /" + std::string(20'000, 'a'))).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(run(talk("GET / HTTP/1.1\r\nA: " + std::string(20'000, 'a'))).starts_with("HTTP/1.1 431 "));
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 3000; ++i)
    many += "A: b\r\n";
  EXPECT_TRUE(run(talk(many)).starts_with("HTTP/1.1 431 "));
}

TEST_F(HttpLimitsTest, OneConnectionTooManyIsClosedAndTheOthersServed) {
  HttpServerOptions options;
  options.max_connections = 3;
  PromptHandlers handlers;
  handlers.request = [](const HttpRequest&) { return plain_response(200, "here"); };
  serve(std::move(handlers), options);
  const std::string request = "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
  std::vector<TcpSocket> open;
  for (int i = 0; i < 3; ++i) {
    open.emplace_back(executor());
    open.back().connect({asio::ip::address_v4::loopback(), server_->port()});
  }
  EXPECT_EQ(run(talk(request)), "");
  asio::write(open[1], asio::buffer(request));
  EXPECT_TRUE(run(read_to_end(open[1])).ends_with("here"));
  EXPECT_TRUE(run(talk(request)).ends_with("here")) << "there is room again";
  EXPECT_TRUE(run(talk(request)).ends_with("here"));
}

}  // namespace
}  // namespace parley::net
