// Streams at their addresses, over real sockets: which carrier speaks there, and what the call is told.
#include "api/stream_routes.hpp"

#include <future>

#include <gmock/gmock.h>

#include "net/tests/net_fixture.hpp"

namespace parley::api {
namespace {

using testing::HasSubstr;

// Of a call that was made for a socket.
struct Made {
  StreamAddress address;
  std::string clear;  // as its codec writes it
};

// Tells what it was made for, and hangs up.
class ShyCall final : public engine::Call {
 public:
  ShyCall(engine::MakeCodec make_codec, media::MediaLink& link, StreamAddress address,
          std::promise<Made>& made) {
    Made told{std::move(address), {}};
    make_codec()->encode_clear(told.clear);
    made.set_value(std::move(told));
    link.close(media::LinkClose::done, "bye");
  }
  const std::string& id() const override { return id_; }
  void on_text(std::string_view) override {}
  void on_binary(std::string_view) override {}
  void on_link_closed(engine::LinkEnd) override {}
  void shut_down() override {}
  Result<void> hang_up(std::string) override { return {}; }
  Result<void> transfer(std::string, std::string) override { return {}; }

 private:
  std::string id_ = "shy";
};

class StreamRoutesTest : public net::NetTest {
 protected:
  void SetUp() override {
    NetTest::SetUp();
    shard_ = std::make_unique<async::Shard>("shard");
    registry_.emplace(std::vector<async::Shard*>{shard_.get()}, engine::AdmissionLimits{}, probe_);
  }
  void TearDown() override {
    server_.reset();
    shard_.reset();  // calls that have just ended still give their places back
    registry_.reset();
    NetTest::TearDown();
  }

  void serve_streams(StreamAccess::Options access = {}) {
    add_stream_routes(router_, {*registry_,
                                StreamAccess(std::move(access)),
                                {},
                                256 * 1024,
                                [this](engine::MakeCodec codec, async::Executor, media::MediaLink& link,
                                       StreamAddress address) -> std::unique_ptr<engine::Call> {
                                  return std::make_unique<ShyCall>(std::move(codec), link, std::move(address),
                                                                   made_);
                                }});
    net::PromptHandlers handlers;
    handlers.upgrade = [this](const net::HttpRequest& request) -> net::UpgradeAnswer {
      auto decided = router_.handle_upgrade(request);
      if (auto* refused = std::get_if<net::HttpResponse>(&decided)) return std::move(*refused);
      return std::move(std::get<net::Upgrade>(decided));
    };
    serve(std::move(handlers));
  }

  // What a stream at this address met.
  Made open(const std::string& path) {
    made_ = {};
    auto socket = run(net::connect_websocket(executor(), address("ws", path), {}));
    if (!socket) {
      ADD_FAILURE() << path << ": " << describe(socket.error().error);
      return {};
    }
    net::Recorder recorder;
    EXPECT_EQ(run((*socket)->run(recorder)).code, 1000);
    return made_.get_future().get();
  }
  int refused(const std::string& path) {
    const auto socket = run(net::connect_websocket(executor(), address("ws", path), {}));
    return socket || !socket.error().refused ? 0 : socket.error().refused->status;
  }

  metrics::Registry metrics_;
  engine::Probe probe_{metrics_};
  std::unique_ptr<async::Shard> shard_;
  std::optional<engine::CallRegistry> registry_;
  Router router_;
  std::promise<Made> made_;
};

TEST_F(StreamRoutesTest, TheAddressSaysWhichCarrierSpeaks) {
  serve_streams();
  for (const char* path : {"/media", "/media/", "/api/v1/telephony/exotel/stream", "/media/any-token"}) {
    const Made made = open(path);
    EXPECT_EQ(made.address.carrier, "exotel") << path;
    EXPECT_EQ(made.address.phone_id, "") << path;
    EXPECT_THAT(made.clear, HasSubstr("stream_sid")) << path;
  }
  EXPECT_EQ(open("/api/telephony/ws/P1").address.phone_id, "P1");
  for (const char* path : {"/api/v1/telephony/twilio/stream", "/api/v1/telephony/twilio/stream/token",
                           "/api/v1/telephony/twilio/stream/P1/token"}) {
    const Made made = open(path);
    EXPECT_EQ(made.address.carrier, "twilio") << path;
    EXPECT_THAT(made.clear, HasSubstr("streamSid")) << path;
  }
  EXPECT_EQ(open("/api/v1/telephony/twilio/stream/P1/token").address.phone_id, "P1");
  EXPECT_EQ(refused("/api/v1/telephony/plivo/stream"), 404);
}

TEST_F(StreamRoutesTest, ACallLearnsOfItsOwnTokenOnly) {
  StreamAccess::Options access;
  access.path_token = "configured";
  access.token_opens = [](std::string_view token) { return token == "call_good"; };
  serve_streams(std::move(access));
  EXPECT_EQ(open("/media/call_good").address.token, "call_good");
  EXPECT_EQ(open("/api/v1/telephony/twilio/stream/P1/call_good").address.token, "call_good");
  EXPECT_EQ(open("/media/configured").address.token, "");
  EXPECT_EQ(refused("/media"), 403);
  EXPECT_EQ(refused("/media/call_used"), 403);
  EXPECT_EQ(refused("/api/v1/telephony/twilio/stream/P1/wrong"), 403);
}

}  // namespace
}  // namespace parley::api
