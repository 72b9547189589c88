#include "vendor/socket_pool.hpp"

#include <gmock/gmock.h>

#include "vendor/tests/socket_fixture.hpp"

namespace parley::vendor {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class SocketPoolTest : public SocketTest {
 protected:
  void make(SocketPool::Options options = {}) {
    serve_vendor();
    on_message_ = [](Session& session, std::string_view message) { session.socket->send_text(message); };
    pool_ = std::make_unique<SocketPool>(std::move(options));
  }
  void TearDown() override {
    pool_.reset();
    wait_for_all_sockets_to_go();
    SocketTest::TearDown();
  }
  void put_open(const std::string& key) {
    Owner owner;
    open_and_wait(owner);
    pool_->put(executor(), key, std::move(owner.socket));
  }

  std::unique_ptr<SocketPool> pool_;
};

TEST_F(SocketPoolTest, ASocketServesOneOwnerAfterTheOther) {
  make();
  put_open("nova");
  EXPECT_TRUE(pool_->has(executor(), "nova"));
  for (const std::string word : {"one", "two", "three"}) {
    Owner owner;
    owner.socket = pool_->take(executor(), "nova", owner);
    ASSERT_TRUE(owner.socket);
    EXPECT_FALSE(pool_->has(executor(), "nova"));
    owner.socket->send_text(word);
    run_until([&] { return owner.has("text " + word); });
    EXPECT_THAT(owner.told, ElementsAre("text " + word));
    pool_->put(executor(), "nova", std::move(owner.socket));
  }
  EXPECT_EQ(sessions_.size(), 1U);
}

TEST_F(SocketPoolTest, OnlyASocketThatFitsIsGiven) {
  make();
  put_open("nova");
  Owner owner;
  EXPECT_EQ(pool_->take(executor(), "aura", owner), nullptr);
  EXPECT_FALSE(pool_->has(executor(), "aura"));
  async::asio::io_context other(1);
  EXPECT_FALSE(pool_->has(other.get_executor(), "nova"));
  EXPECT_EQ(pool_->take(other.get_executor(), "nova", owner), nullptr);
}

TEST_F(SocketPoolTest, AWarmedSocketThatStillConnectsIsThereButNotGiven) {
  make();
  Owner nobody;
  open(nobody);
  pool_->put(executor(), "nova", std::move(nobody.socket));
  EXPECT_TRUE(pool_->has(executor(), "nova"));
  Owner owner;
  EXPECT_EQ(pool_->take(executor(), "nova", owner), nullptr);
  run_until([&] { return (owner.socket = pool_->take(executor(), "nova", owner)) != nullptr; });
  EXPECT_TRUE(owner.socket->is_open());
  EXPECT_TRUE(nobody.told.empty());
}

TEST_F(SocketPoolTest, WhatIsNeitherOpenNorConnectingIsNotKept) {
  make();
  Owner owner;
  open_and_wait(owner);
  owner.socket->close();
  pool_->put(executor(), "nova", std::move(owner.socket));
  EXPECT_FALSE(pool_->has(executor(), "nova"));
  pool_->put(executor(), "nova", nullptr);
  EXPECT_FALSE(pool_->has(executor(), "nova"));
}

TEST_F(SocketPoolTest, ASocketTheVendorClosesLeaves) {
  make();
  put_open("nova");
  run_until([&] { return !sessions_.empty(); });
  sessions_[0]->socket->close(net::CloseCode::going_away, "");
  run_until([&] { return !pool_->has(executor(), "nova"); });
  wait_for_all_sockets_to_go();
  Owner owner;
  EXPECT_EQ(pool_->take(executor(), "nova", owner), nullptr);
}

TEST_F(SocketPoolTest, AWarmedSocketThatIsRefusedLeaves) {
  make();
  server_.reset();
  auto given = ClientSocketOptions{};
  given.url = "ws://127.0.0.1:1/";
  pool_->put(executor(), "nova", open_client_socket(executor(), given, nullptr));
  EXPECT_TRUE(pool_->has(executor(), "nova"));
  run_until([&] { return !pool_->has(executor(), "nova"); });
}

TEST_F(SocketPoolTest, ASocketThatIsIdleForTooLongIsClosedInGoodOrder) {
  SocketPool::Options options;
  options.max_idle = 30ms;
  make(options);
  put_open("nova");
  run_until([&] { return !pool_->has(executor(), "nova"); });
  run_until([&] { return !sessions_.empty() && sessions_[0]->ended.has_value(); });
  EXPECT_EQ(sessions_[0]->ended->code, 1000);
}

TEST_F(SocketPoolTest, IdleSocketsAreKeptAliveAndTakenOnesAreLeftAlone) {
  SocketPool::Options options;
  options.keep_alive_every = 10ms;
  options.keep_alive_text = R"({"type":"KeepAlive"})";
  make(options);
  put_open("nova");
  run_until([&] { return !sessions_.empty() && sessions_[0]->heard.messages.size() >= 3; });
  EXPECT_EQ(sessions_[0]->heard.messages[2], R"(text:{"type":"KeepAlive"})");
  Owner owner;
  owner.socket = pool_->take(executor(), "nova", owner);
  ASSERT_TRUE(owner.socket);
  owner.socket->send_text("mark");
  run_until([&] { return owner.has("text mark"); });
  const auto heard = sessions_[0]->heard.messages.size();
  context_->run_for(40ms);
  EXPECT_EQ(sessions_[0]->heard.messages.size(), heard);
}

TEST_F(SocketPoolTest, TheOldestGivesItsPlaceUp) {
  SocketPool::Options options;
  options.max_idle_sockets = 2;
  make(options);
  for (const auto* key : {"one", "two", "three"})
    put_open(key);
  EXPECT_FALSE(pool_->has(executor(), "one"));
  EXPECT_TRUE(pool_->has(executor(), "two"));
  EXPECT_TRUE(pool_->has(executor(), "three"));
}

TEST_F(SocketPoolTest, ThePoolMayGoWhileItsSocketsConnect) {
  make();
  pool_->put(executor(), "nova", open_client_socket(executor(), options(), nullptr));
  put_open("aura");
  pool_->put(executor(), "nova", open_client_socket(executor(), options(), nullptr));
  pool_.reset();
  wait_for_all_sockets_to_go();
}

TEST(SocketPoolWithoutLoopTest, TheIoContextMayGoFirst) {
  SocketPool pool({});
  {
    async::asio::io_context context(1);
    ClientSocketOptions options;
    options.url = "ws://127.0.0.1:1/";
    pool.put(context.get_executor(), "nova", open_client_socket(context.get_executor(), options, nullptr));
  }
  EXPECT_EQ(net::open_client_websockets(), 0U);
}

}  // namespace
}  // namespace parley::vendor
