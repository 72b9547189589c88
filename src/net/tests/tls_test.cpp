// The clients over TLS. A small proxy in the test ends TLS in front of the real server.
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ssl.hpp>

#include "net/tests/certificate.hpp"
#include "net/tests/net_fixture.hpp"

namespace parley::net {
namespace {

namespace ssl = asio::ssl;
using TlsStream = ssl::stream<TcpSocket>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, async::Executor>;

// The process's certificate store is one self-signed certificate, put there before any client reads it.
class TrustedCertificate final : public testing::Environment {
 public:
  static SelfSigned trusted;

  void SetUp() override {
    trusted = make_self_signed();
    file_ = std::filesystem::path(testing::TempDir()) /
            ("parley-net-test-" + std::to_string(::getpid()) + ".pem");
    std::ofstream(file_) << trusted.certificate;
    ::setenv("SSL_CERT_FILE", file_.c_str(), 1);
  }
  void TearDown() override { std::filesystem::remove(file_); }

 private:
  std::filesystem::path file_;
};
SelfSigned TrustedCertificate::trusted;
const auto* const kEnvironment = testing::AddGlobalTestEnvironment(new TrustedCertificate);

template <class From, class To>
async::Task<> pump(From& from, To& to, TcpSocket& from_tcp, TcpSocket& to_tcp) {
  std::array<char, 4096> bytes;
  error_code ec;
  while (!ec) {
    const auto got = co_await from.async_read_some(asio::buffer(bytes), into(ec));
    if (!ec) co_await asio::async_write(to, asio::buffer(bytes.data(), got), into(ec));
  }
  from_tcp.close(ec);
  to_tcp.close(ec);
}

async::Task<> serve_tls(TcpSocket accepted, ssl::context& context, std::uint16_t behind) {
  TlsStream front(std::move(accepted), context);
  TcpSocket back(front.get_executor());
  error_code ec;
  co_await front.async_handshake(ssl::stream_base::server, into(ec));
  if (ec) co_return;
  co_await back.async_connect({asio::ip::address_v4::loopback(), behind}, into(ec));
  async::Timer other_half(front.get_executor(), async::Timer::time_point::max());
  asio::co_spawn(front.get_executor(), pump(back, front, back, front.next_layer()),
                 [&](std::exception_ptr) { other_half.expires_at(SteadyTime::min()); });
  co_await pump(front, back, front.next_layer(), back);
  co_await other_half.async_wait(into(ec));
}

class TlsTest : public NetTest {
 protected:
  void start(const SelfSigned& identity) {
    tls_.use_private_key(asio::buffer(identity.key), ssl::context::pem);
    tls_.use_certificate(asio::buffer(identity.certificate), ssl::context::pem);
    acceptor_.emplace(executor(), asio::ip::tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    accept();
  }

  void accept() {
    acceptor_->async_accept([this](error_code ec, TcpSocket socket) {
      if (ec) return;
      ++accepted_;
      asio::co_spawn(executor(), serve_tls(std::move(socket), tls_, server_->port()),
                     [](std::exception_ptr) {});
      accept();
    });
  }

  void TearDown() override {
    acceptor_.reset();
    NetTest::TearDown();
  }

  std::string secure_address(std::string_view scheme, std::string_view host) const {
    return std::string(scheme) + "://" + std::string(host) + ":" +
           std::to_string(acceptor_->local_endpoint().port()) + "/x?token=secret";
  }

  void serve_hello() {
    PromptHandlers handlers;
    handlers.request = [](const HttpRequest&) { return plain_response(200, "hello"); };
    serve(std::move(handlers));
  }

  void serve_echo() {
    serve_sockets([](std::unique_ptr<WebSocket> socket) -> async::Task<> {
      Recorder recorder;
      recorder.on_message = [&socket](std::string_view message) { socket->send_text(message); };
      co_await socket->run(recorder);
    });
  }

  void expect_echo(std::unique_ptr<WebSocket> socket) {
    Recorder answers;
    const std::string big(100'000, 'x');
    socket->send_text("hello");
    socket->send_text(big);
    answers.on_message = [&](std::string_view message) {
      if (message.size() > 5) socket->close(CloseCode::normal, "");
    };
    EXPECT_EQ(run(socket->run(answers)).code, 1000);
    EXPECT_EQ(answers.messages, (std::vector<std::string>{"text:hello", "text:" + big}));
  }

  ssl::context tls_{ssl::context::tls_server};
  std::optional<Acceptor> acceptor_;
  int accepted_ = 0;
};

TEST_F(TlsTest, ATrustedServerIsAccepted) {
  serve_echo();
  start(TrustedCertificate::trusted);
  auto socket = run(connect_websocket(executor(), secure_address("wss", "localhost"), {}));
  ASSERT_TRUE(socket) << describe(socket.error().error);
  expect_echo(std::move(*socket));
}

TEST_F(TlsTest, AStrangersCertificateIsRefusedClearly) {
  serve_echo();
  start(make_self_signed());
  const auto socket = run(connect_websocket(executor(), secure_address("wss", "localhost"), {}));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().error.code, Errc::permission_denied);
  EXPECT_NE(socket.error().error.message.find("certificate we do not trust"), std::string::npos)
      << socket.error().error.message;
  EXPECT_EQ(socket.error().error.message.find("secret"), std::string::npos);
}

TEST_F(TlsTest, ACertificateForAnotherNameIsRefused) {
  serve_echo();
  start(TrustedCertificate::trusted);
  const auto socket = run(connect_websocket(executor(), secure_address("wss", "127.0.0.1"), {}));
  ASSERT_FALSE(socket);
  EXPECT_EQ(socket.error().error.code, Errc::permission_denied) << socket.error().error.message;
}

TEST_F(TlsTest, VerificationCanBeSwitchedOff) {
  serve_echo();
  start(make_self_signed());
  ConnectOptions trusting;
  trusting.verify_tls = false;
  auto socket = run(connect_websocket(executor(), secure_address("wss", "127.0.0.1"), trusting));
  ASSERT_TRUE(socket) << describe(socket.error().error);
  expect_echo(std::move(*socket));
}

TEST_F(TlsTest, FetchSpeaksTls) {
  serve_hello();
  start(TrustedCertificate::trusted);
  const auto response = run(fetch(executor(), get(secure_address("https", "localhost"), 5s)));
  ASSERT_TRUE(response) << describe(response.error());
  EXPECT_EQ(response->body, "hello");
}

TEST_F(TlsTest, FetchRefusesAStranger) {
  serve_hello();
  start(make_self_signed());
  const auto response = run(fetch(executor(), get(secure_address("https", "localhost"), 5s)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::protocol);
}

TEST_F(TlsTest, ASecureConnectionServesFurtherRequests) {
  serve_hello();
  start(TrustedCertificate::trusted);
  auto& client = http_client(executor());
  client.warm(secure_address("https", "localhost"));
  run_until([&] { return client.transfers() == 0; });
  for (int i = 0; i < 3; ++i)
    ASSERT_TRUE(run(fetch(executor(), get(secure_address("https", "localhost")))));
  EXPECT_EQ(accepted_, 1);
  EXPECT_EQ(client.open_sockets(), 1U);
}

TEST_F(TlsTest, AnAuthorityOfAFileIsTrustedByAllClients) {
  const auto stranger = make_self_signed();
  serve_echo();
  start(stranger);
  const auto file = std::filesystem::path(testing::TempDir()) /
                    ("parley-net-test-authority-" + std::to_string(::getpid()) + ".pem");
  std::ofstream(file) << stranger.certificate;
  EXPECT_FALSE(run(fetch(executor(), get(secure_address("https", "localhost")))));
  EXPECT_FALSE(run(connect_websocket(executor(), secure_address("wss", "localhost"), {})));
  ASSERT_TRUE(trust_authorities(file));
  std::filesystem::remove(file);
  EXPECT_TRUE(run(fetch(executor(), get(secure_address("https", "localhost")))));
  auto socket = run(connect_websocket(executor(), secure_address("wss", "localhost"), {}));
  ASSERT_TRUE(socket) << describe(socket.error().error);
  expect_echo(std::move(*socket));
}

TEST_F(TlsTest, AFileWithoutCertificatesIsRefused) {
  const auto missing = trust_authorities("/nowhere/authorities.pem");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Errc::invalid_argument);
  EXPECT_NE(missing.error().message.find("/nowhere/authorities.pem"), std::string::npos);
}

TEST_F(TlsTest, APlainServerIsAClearFailure) {
  serve_hello();
  const auto port = std::to_string(server_->port());
  const auto response = run(fetch(executor(), get("https://localhost:" + port + "/", 5s)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code, Errc::protocol);
  EXPECT_NE(response.error().message.find("https://localhost"), std::string::npos)
      << response.error().message;
}

}  // namespace
}  // namespace parley::net
