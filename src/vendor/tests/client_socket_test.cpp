#include "vendor/client_socket.hpp"

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>

#include "vendor/tests/socket_fixture.hpp"

namespace parley::vendor {
namespace {

namespace asio = async::asio;
using namespace std::chrono_literals;
using testing::ElementsAre;

using ClientSocketTest = SocketTest;

TEST_F(ClientSocketTest, KeepsWhatIsSentUntilItIsOpenAndTellsItsOwnerInOrder) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    session.socket->send_text(message);
    session.socket->send_binary("b");
  };
  Owner owner;
  open(owner);
  EXPECT_TRUE(owner.told.empty());
  EXPECT_TRUE(owner.socket->is_connecting());
  EXPECT_FALSE(owner.socket->is_open());
  owner.socket->send_text("one");
  owner.socket->send_binary("two");
  run_until([&] { return owner.told.size() == 5; });
  EXPECT_THAT(owner.told, ElementsAre("open", "text one", "binary b", "text two", "binary b"));
  EXPECT_THAT(sessions_[0]->heard.messages, ElementsAre("text:one", "binary:two"));
  EXPECT_TRUE(owner.socket->is_open());
  EXPECT_FALSE(owner.socket->is_connecting());
  owner.socket.reset();
  wait_for_all_sockets_to_go();
}

TEST_F(ClientSocketTest, HeadersAndSubprotocolGoWithTheUpgrade) {
  std::string key;
  std::string protocol;
  net::PromptHandlers handlers;
  handlers.upgrade = [&](const net::HttpRequest& request) -> std::variant<net::HttpResponse, net::Upgrade> {
    key = request.header("xi-api-key");
    protocol = request.header("sec-websocket-protocol");
    net::HttpResponse response;
    response.status = 401;
    response.body = R"({"detail":"no"})";
    return response;
  };
  serve(std::move(handlers));
  Owner owner;
  auto given = options();
  given.headers = {{"xi-api-key", "secret-1"}};
  given.subprotocol = "realtime";
  owner.socket = open_client_socket(executor(), given, &owner);
  run_until([&] { return owner.has("refused"); });
  EXPECT_EQ(key, "secret-1");
  EXPECT_EQ(protocol, "realtime");
  EXPECT_THAT(owner.told, ElementsAre("refused"));
  ASSERT_TRUE(owner.refused->refused);
  EXPECT_EQ(owner.refused->refused->status, 401);
  EXPECT_EQ(owner.refused->refused->body, R"({"detail":"no"})");
  EXPECT_EQ(owner.refused->error.message.find("secret-1"), std::string::npos);
  EXPECT_FALSE(owner.socket->is_open());
  EXPECT_FALSE(owner.socket->is_connecting());
  owner.socket->send_text("nobody hears this");
  owner.socket->close();
}

TEST_F(ClientSocketTest, AMachineThatThePolicyClosesIsNotConnectedTo) {
  net::PromptHandlers handlers;
  int asked = 0;
  handlers.upgrade = [&](const net::HttpRequest&) -> std::variant<net::HttpResponse, net::Upgrade> {
    ++asked;
    return net::HttpResponse();
  };
  serve(std::move(handlers));
  Owner owner;
  auto given = options();
  given.policy = std::make_shared<const net::AddressPolicy>(settings::IpAllowList());
  owner.socket = open_client_socket(executor(), given, &owner);
  run_until([&] { return owner.has("refused"); });
  EXPECT_EQ(asked, 0);
  // The name is checked where it leads to, not as it is written.
  Owner by_name;
  given.url = "ws://localhost" + given.url.substr(given.url.rfind(':'));
  by_name.socket = open_client_socket(executor(), given, &by_name);
  run_until([&] { return by_name.has("refused"); });
  EXPECT_EQ(asked, 0);
}

TEST_F(ClientSocketTest, AnAddressThatIsNoneIsRefusedLikeAnyOtherAndNotFromInsideOpening) {
  Owner owner;
  auto given = ClientSocketOptions{};
  given.url = "nonsense";
  owner.socket = open_client_socket(executor(), given, &owner);
  EXPECT_TRUE(owner.told.empty());
  run_until([&] { return owner.has("refused"); });
  EXPECT_FALSE(owner.refused->refused);
  EXPECT_EQ(owner.refused->error.code, Errc::invalid_argument);
}

TEST_F(ClientSocketTest, TheVendorsCloseIsTheLastCall) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view) {
    session.socket->close(net::CloseCode::policy, "quota");
  };
  Owner owner;
  open(owner);
  owner.socket->send_text("x");
  run_until([&] { return owner.has("closed"); });
  EXPECT_THAT(owner.told, ElementsAre("open", "closed 1008 quota"));
  EXPECT_FALSE(owner.socket->is_open());
  owner.socket->send_text("y");
  owner.socket.reset();
}

TEST_F(ClientSocketTest, ABrokenConnectionIsAnAbnormalClose) {
  serve_vendor();
  Owner owner;
  open_and_wait(owner);
  run_until([&] { return !sessions_.empty(); });
  sessions_[0]->socket->cut();
  run_until([&] { return owner.has("closed"); });
  EXPECT_TRUE(owner.told.back().starts_with("closed 1006"));
}

TEST_F(ClientSocketTest, ClosedByUsSaysGoodbyeAndTellsNothingMore) {
  serve_vendor();
  Owner owner;
  open_and_wait(owner);
  owner.socket->send_text("last");
  owner.socket->close();
  owner.socket->send_text("dropped");
  EXPECT_FALSE(owner.socket->is_open());
  owner.socket.reset();
  run_until([&] { return !sessions_.empty() && sessions_[0]->ended.has_value(); });
  EXPECT_EQ(sessions_[0]->ended->code, 1000);
  EXPECT_THAT(sessions_[0]->heard.messages, ElementsAre("text:last"));
  wait_for_all_sockets_to_go();
  EXPECT_THAT(owner.told, ElementsAre("open"));
}

TEST_F(ClientSocketTest, LetGoWithoutACloseIsCut) {
  serve_vendor();
  Owner owner;
  open_and_wait(owner);
  owner.socket.reset();
  run_until([&] { return !sessions_.empty() && sessions_[0]->ended.has_value(); });
  EXPECT_EQ(sessions_[0]->ended->code, 1006);
  wait_for_all_sockets_to_go();
}

TEST_F(ClientSocketTest, MayBeDestroyedInsideEveryCall) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) {
    if (message == "close") return session.socket->close(net::CloseCode::going_away, "");
    session.socket->send_text("t1");
    session.socket->send_text("t2");
    session.socket->send_binary("b1");
    session.socket->send_binary("b2");
  };
  for (const std::string call : {"open", "text", "binary", "closed"}) {
    Owner owner;
    owner.drop_at = call;
    open(owner);
    owner.socket->send_text(call == "closed" ? "close" : "go");
    run_until([&] { return owner.has(call); });
    wait_for_all_sockets_to_go();
    EXPECT_TRUE(owner.told.back().starts_with(call))
        << "a call came after the socket was gone: " << owner.told.back();
  }
  server_.reset();
  Owner refused;
  refused.drop_at = "refused";
  auto given = ClientSocketOptions{};
  given.url = "ws://127.0.0.1:1/";
  refused.socket = open_client_socket(executor(), given, &refused);
  run_until([&] { return refused.has("refused"); });
  EXPECT_EQ(refused.socket, nullptr);
}

TEST_F(ClientSocketTest, DestroyedWhileConnectingLeavesNothing) {
  serve_vendor();
  for (int steps = 0; steps < 12; ++steps) {
    Owner owner;
    open(owner);
    owner.socket->send_text("x");
    if (steps % 2 == 1) owner.socket->close();
    for (int i = 0; i < steps; ++i)
      context_->poll_one();
    const auto told = owner.told.size();
    owner.socket.reset();
    wait_for_all_sockets_to_go();
    EXPECT_EQ(owner.told.size(), told);
  }
}

TEST_F(ClientSocketTest, AServerThatNeverAnswersTheUpgradeIsGivenUp) {
  asio::ip::basic_endpoint<asio::ip::tcp> any(asio::ip::address_v4::loopback(), 0);
  asio::basic_socket_acceptor<asio::ip::tcp, async::Executor> silent(executor(), any);
  auto given = ClientSocketOptions{};
  given.url = "ws://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
  Owner dropped;
  dropped.socket = open_client_socket(executor(), given, &dropped);
  context_->run_for(20ms);
  dropped.socket.reset();  // long before the deadline
  wait_for_all_sockets_to_go();
  EXPECT_TRUE(dropped.told.empty());

  given.connect_deadline = 30ms;
  Owner waiting;
  waiting.socket = open_client_socket(executor(), given, &waiting);
  run_until([&] { return waiting.has("refused"); });
  EXPECT_EQ(waiting.refused->error.code, Errc::timeout);
}

TEST_F(ClientSocketTest, MoreThanIsKeptBeforeItIsOpenGivesItUp) {
  serve_vendor();
  Owner owner;
  open(owner);
  const std::string mebibyte(1024 * 1024, 'x');
  for (int i = 0; i < 4; ++i)
    owner.socket->send_text(mebibyte);
  EXPECT_TRUE(owner.told.empty());
  owner.socket->send_text("x");
  EXPECT_TRUE(owner.told.empty());
  run_until([&] { return !owner.told.empty(); });
  EXPECT_THAT(owner.told, ElementsAre("refused"));
  EXPECT_EQ(owner.refused->error.code, Errc::overloaded);
  wait_for_all_sockets_to_go();
}

TEST_F(ClientSocketTest, APeerThatNeverAnswersTheCloseIsLeftAfterTheDeadline) {
  net::PromptHandlers handlers;
  handlers.upgrade = [this](const net::HttpRequest&) -> std::variant<net::HttpResponse, net::Upgrade> {
    // The socket is kept and never read.
    return net::Upgrade{*context_, {}, [this](auto socket) { return keep(std::move(socket)); }, [] {}};
  };
  serve(std::move(handlers));
  Owner owner;
  auto given = options();
  given.close_deadline = 30ms;
  owner.socket = open_client_socket(executor(), given, &owner);
  run_until([&] { return owner.has("open"); });
  owner.socket->close();
  owner.socket.reset();
  wait_for_all_sockets_to_go();
  kept_.clear();
}

TEST_F(ClientSocketTest, AnotherOwnerMayTakeItOver) {
  serve_vendor();
  on_message_ = [](Session& session, std::string_view message) { session.socket->send_text(message); };
  Owner first;
  open_and_wait(first);
  auto socket = std::move(first.socket);
  socket->set_listener(nullptr);
  socket->send_text("unheard");
  run_until([&] { return !sessions_.empty() && sessions_[0]->heard.messages.size() == 1; });
  Owner second;
  socket->set_listener(&second);
  second.socket = std::move(socket);
  second.socket->send_text("hello");
  run_until([&] { return second.has("text hello"); });
  EXPECT_THAT(first.told, ElementsAre("open"));
  second.socket.reset();
  wait_for_all_sockets_to_go();
}

TEST(ClientSocketWithoutLoopTest, TheIoContextMayGoFirstWhateverTheSocketIsDoing) {
  for (const int state : {0, 1, 2, 3}) {
    Owner owner;
    {
      async::asio::io_context context(1);
      net::PromptHandlers handlers;
      std::unique_ptr<net::WebSocket> server_side;
      handlers.upgrade = [&](const net::HttpRequest&) -> std::variant<net::HttpResponse, net::Upgrade> {
        return net::Upgrade{context,
                            {},
                            [&](auto socket) -> async::Task<> {
                              server_side = std::move(socket);
                              co_return;
                            },
                            [] {}};
      };
      net::HttpServerOptions server_options;
      server_options.port = 0;
      auto server = net::HttpServer::listen(context, server_options, std::move(handlers));
      ASSERT_TRUE(server);
      ClientSocketOptions options;
      options.url = "ws://127.0.0.1:" + std::to_string((*server)->port());
      owner.socket = open_client_socket(context.get_executor(), options, &owner);
      if (state == 1) context.poll_one();
      if (state >= 2) {
        while (!owner.has("open"))
          context.run_one_for(100ms);
      }
      if (state == 3) owner.socket->close();
      server_side.reset();
    }
    owner.socket->send_text("nobody hears this");
    EXPECT_FALSE(owner.socket->is_open());
    owner.socket.reset();
    EXPECT_EQ(net::open_client_websockets(), 0U) << state;
  }
}

}  // namespace
}  // namespace parley::vendor
