// The server's own TLS, with OpenSSL's client, curl and our WebSocket on the other side.
#include <fstream>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/ssl.hpp>
#include <gmock/gmock.h>

#include "base/tests/temporary_directory.hpp"
#include "net/tests/certificate.hpp"
#include "net/tests/net_fixture.hpp"

namespace parley::net {
namespace {

namespace ssl = asio::ssl;
using ::testing::HasSubstr;
using Client = ssl::stream<TcpSocket>;

class ServerTlsTest : public NetTest {
 protected:
  void write(const SelfSigned& identity) {
    std::ofstream(certificate_) << identity.certificate;
    std::ofstream(key_) << identity.key;
  }
  HttpServerOptions options() const {
    HttpServerOptions options;
    options.tls = {certificate_, key_};
    options.handshake_deadline = 5s;
    return options;
  }
  void serve_mirror(HttpServerOptions options) {
    write(make_self_signed(1));
    PromptHandlers handlers;
    handlers.request = [](const HttpRequest& request) {
      return plain_response(200, request.path + (request.secure ? " secure " : " plain ") +
                                     std::to_string(request.body.size()));
    };
    serve(std::move(handlers), std::move(options));
  }

  async::Task<std::unique_ptr<Client>> dial_tls(ssl::context& context, error_code& ec) {
    auto client = std::make_unique<Client>(co_await dial(), context);
    co_await client->async_handshake(ssl::stream_base::client, into(ec));
    co_return client;
  }
  async::Task<std::string> talk_tls(Client& client, std::string bytes) {
    error_code ec;
    co_await asio::async_write(client, asio::buffer(bytes), into(ec));
    std::string answer;
    co_await asio::async_read(client, asio::dynamic_buffer(answer), into(ec));
    answer += ec == asio::error::eof ? "" : " [" + ec.message() + "]";
    co_return answer;
  }
  long serial_of_server() {
    ssl::context context(ssl::context::tls_client);
    error_code ec;
    const auto client = run(dial_tls(context, ec));
    if (ec) return -1;
    const std::unique_ptr<X509, decltype(&X509_free)> shown(
        SSL_get1_peer_certificate(client->native_handle()), X509_free);
    return ASN1_INTEGER_get(X509_get0_serialNumber(shown.get()));
  }
  Error refusal() {
    HttpServerOptions wanted = options();
    wanted.port = 0;
    const auto server = HttpServer::listen(*context_, wanted, {});
    EXPECT_FALSE(server);
    return server ? Error{} : server.error();
  }

  TemporaryDirectory directory_;
  std::string certificate_ = (directory_.path() / "certificate.pem").string();
  std::string key_ = (directory_.path() / "key.pem").string();
};

TEST_F(ServerTlsTest, ServesBothVersionsAndNoOlderOne) {
  serve_mirror(options());
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    ssl::context context(ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(context.native_handle(), version);
    SSL_CTX_set_max_proto_version(context.native_handle(), version);
    static constexpr unsigned char kOffered[] = "\x02h2\x08http/1.1";
    SSL_CTX_set_alpn_protos(context.native_handle(), kOffered, sizeof kOffered - 1);
    error_code ec;
    const auto client = run(dial_tls(context, ec));
    ASSERT_FALSE(ec) << ec.message();
    EXPECT_EQ(SSL_version(client->native_handle()), version);
    const unsigned char* chosen = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(client->native_handle(), &chosen, &length);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(chosen), length), "http/1.1");
    const auto answer = run(talk_tls(
        *client, "POST /1 HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + std::string(100'000, 'x') +
                     "GET /2 HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
    EXPECT_THAT(answer, HasSubstr("/1 secure 100000"));
    EXPECT_TRUE(answer.ends_with("/2 secure 0")) << answer << ": the end is said, not just a close";
  }
  ssl::context old(ssl::context::tls_client);
  SSL_CTX_set_security_level(old.native_handle(), 0);
  SSL_CTX_set_min_proto_version(old.native_handle(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(old.native_handle(), TLS1_1_VERSION);
  error_code ec;
  run(dial_tls(old, ec));
  EXPECT_TRUE(ec);
}

TEST_F(ServerTlsTest, APlainRequestIsClosedCleanly) {
  serve_mirror(options());
  auto socket = run([](auto* self) -> async::Task<std::unique_ptr<TcpSocket>> {
    co_return std::make_unique<TcpSocket>(co_await self->dial());
  }(this));
  asio::write(*socket, asio::buffer("GET / HTTP/1.1\r\nHost: h\r\n\r\n" + std::string(50'000, 'x')));
  error_code ec;
  std::string answer;
  run([](TcpSocket& from, std::string& to, error_code& end) -> async::Task<> {
    co_await asio::async_read(from, asio::dynamic_buffer(to), into(end));
  }(*socket, answer, ec));
  EXPECT_EQ(ec, asio::error::eof);
  EXPECT_LT(answer.size(), 10U) << "an alert at most";
}

TEST_F(ServerTlsTest, ASlowHandshakeIsGivenUp) {
  auto hasty = options();
  hasty.handshake_deadline = 60ms;
  serve_mirror(hasty);
  EXPECT_EQ(run(talk("\x16\x03\x01")), "");
}

TEST_F(ServerTlsTest, StopEndsAHandshakeAndTheDestructorToo) {
  serve_mirror(options());
  TcpSocket socket(executor());
  socket.connect({asio::ip::address_v4::loopback(), server_->port()});
  context_->restart();
  context_->run_for(20ms);
  server_->stop();
  EXPECT_EQ(run(read_to_end(socket)), "");
}

TEST_F(ServerTlsTest, AReloadedCertificateIsShownFromThenOn) {
  serve_mirror(options());
  EXPECT_EQ(serial_of_server(), 1);
  ssl::context context(ssl::context::tls_client);
  error_code ec;
  const auto before = run(dial_tls(context, ec));
  ASSERT_FALSE(ec);
  write(make_self_signed(2));
  EXPECT_EQ(serial_of_server(), 1);
  ASSERT_TRUE(server_->reload_certificate());
  EXPECT_EQ(serial_of_server(), 2);
  const auto answer = run(talk_tls(*before, "GET /old HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"));
  EXPECT_TRUE(answer.ends_with("/old secure 0")) << answer;

  std::ofstream(certificate_) << "broken";
  const auto reloaded = server_->reload_certificate();
  ASSERT_FALSE(reloaded);
  EXPECT_THAT(reloaded.error().message, HasSubstr(certificate_));
  EXPECT_EQ(serial_of_server(), 2);
}

TEST_F(ServerTlsTest, WithoutTlsReloadingDoesNothing) {
  serve(PromptHandlers{});
  EXPECT_TRUE(server_->reload_certificate());
}

TEST_F(ServerTlsTest, WrongFilesAreNamedWithTheFix) {
  EXPECT_THAT(refusal().message, HasSubstr("cannot read " + certificate_ + " (No such file"));
  const auto one = make_self_signed(1);
  write(one);
  std::filesystem::remove(key_);
  EXPECT_THAT(refusal().message, HasSubstr("cannot read " + key_));
  std::ofstream(key_).flush();
  EXPECT_THAT(refusal().message, HasSubstr("it is empty"));
  std::ofstream(key_) << "no key";
  EXPECT_THAT(refusal().message, HasSubstr(key_ + " holds no private key"));
  write({make_self_signed(2).key, one.certificate});
  EXPECT_THAT(refusal().message, HasSubstr("the key in " + key_ + " does not belong to the certificate in"));
  write({one.key, one.key});
  EXPECT_THAT(refusal().message, HasSubstr(certificate_ + " holds no certificate"));
  write(one);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> text(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(text.get(), key.get(), EVP_aes_128_cbc(), nullptr, 0, nullptr,
                           const_cast<char*>("secret"));
  std::ofstream(key_) << text_of(text.get());
  EXPECT_THAT(refusal().message, HasSubstr("is protected by a passphrase"));
  std::filesystem::remove(key_);
  std::filesystem::create_directory(key_);
  EXPECT_THAT(refusal().message, HasSubstr("cannot read " + key_));
  std::filesystem::remove(key_);
  key_.clear();
  EXPECT_THAT(refusal().message, HasSubstr("has no key"));
}

// The upgraded session lives on another thread's loop, as calls do.
class Shard {
 public:
  Shard() : work_(context.get_executor()), thread_([this] { context.run(); }) {}
  ~Shard() {
    work_.reset();
    thread_.join();
  }
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;
  asio::io_context context{1};

 private:
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

TEST_F(ServerTlsTest, AWebSocketTravelsToAnotherLoopOverTls) {
  write(make_self_signed(1));
  std::optional<Shard> shard;
  shard.emplace();
  std::atomic<int> sessions = 0;
  std::atomic<bool> elsewhere = true;
  PromptHandlers handlers;
  const auto here = std::this_thread::get_id();
  handlers.upgrade = [&](const HttpRequest& request) -> UpgradeAnswer {
    EXPECT_TRUE(request.secure);
    const auto session = [&, here](std::unique_ptr<WebSocket> socket) -> async::Task<> {
      elsewhere = elsewhere && std::this_thread::get_id() != here;
      Recorder recorder;
      recorder.on_message = [&socket](std::string_view message) { socket->send_text(message); };
      co_await socket->run(recorder);
      ++sessions;
    };
    return Upgrade{shard->context, {}, session, [] {}};
  };
  serve(std::move(handlers), options());
  for (int round = 0; round < 20; ++round) {
    ConnectOptions connect;
    connect.verify_tls = false;
    auto socket = run(connect_websocket(executor(), address("wss"), connect));
    ASSERT_TRUE(socket) << socket.error().error.message;
    Recorder answers;
    const std::string large(200'000, 'x');
    answers.on_message = [&](std::string_view message) {
      if (message.size() == large.size()) (*socket)->close(CloseCode::normal, "done");
    };
    for (int i = 0; i < 50; ++i)
      (*socket)->send_text("hello");
    (*socket)->send_text(large);
    const auto closed = run((*socket)->run(answers));
    EXPECT_EQ(closed.code, 1000);
    EXPECT_EQ(answers.messages.size(), 51U);
  }
  shard.reset();
  EXPECT_EQ(sessions, 20);
  EXPECT_TRUE(elsewhere);
}

TEST_F(ServerTlsTest, FramesBeforeTheAnswerAreRefused) {
  write(make_self_signed(1));
  PromptHandlers handlers;
  handlers.upgrade = [this](const HttpRequest&) -> UpgradeAnswer {
    return Upgrade{*context_, {}, [](auto) -> async::Task<> { co_return; }, [this] { ++abandoned_; }};
  };
  serve(std::move(handlers), options());
  ssl::context context(ssl::context::tls_client);
  error_code ec;
  const auto client = run(dial_tls(context, ec));
  ASSERT_FALSE(ec);
  const auto answer = run(
      talk_tls(*client,
               "GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
               "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n\x81\x80"));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << answer;
}

TEST_F(ServerTlsTest, AWaitingSourceEndsWithItsPeer) {
  write(make_self_signed(1));
  struct Waiting final : BodySource {
    Waiting(async::Executor executor, int& counter)
        : timer(executor, async::Timer::time_point::max()), waiting(counter) {}
    ~Waiting() override { waiting = 0; }
    async::Task<Result<std::optional<std::string>>> next() override {
      if (std::exchange(first, false)) co_return "data: 1\n\n";
      error_code ec;
      waiting = 1;
      co_await timer.async_wait(into(ec));
      co_return std::nullopt;
    }
    async::Timer timer;
    int& waiting;
    bool first = true;
  };
  int waiting = 0;
  PromptHandlers handlers;
  handlers.request = [&](const HttpRequest&) {
    HttpResponse response;
    response.content_type = "text/event-stream";
    response.source = std::make_shared<Waiting>(executor(), waiting);
    return response;
  };
  serve(std::move(handlers), options());
  ssl::context context(ssl::context::tls_client);
  for (const bool stopped : {false, true}) {
    error_code ec;
    auto client = run(dial_tls(context, ec));
    ASSERT_FALSE(ec);
    asio::write(*client, asio::buffer(std::string("GET / HTTP/1.1\r\nHost: h\r\n\r\n")));
    run_until([&] { return waiting == 1; });
    if (stopped) {
      server_->stop();
      const auto rest = run(talk_tls(*client, ""));
      EXPECT_TRUE(rest.ends_with("data: 1\n\n\r\n0\r\n\r\n")) << rest;
    } else {
      client.reset();
    }
    run_until([&] { return waiting == 0; });
  }
}

}  // namespace
}  // namespace parley::net
