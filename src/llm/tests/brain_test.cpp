// docs/brain-protocol.md: the messages, and the adapter against a brain on loopback.
#include <set>

#include "llm/brain/brain_model.hpp"
#include "llm/tests/imposter.hpp"
#include "net/prompt_handlers.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using vendor::Fault;
using vendor::string_member;

const vendor::Account kAccount{"brain", "ws://b.example", "brain-secret-1", "BRAIN_KEY"};

BrainStep take(std::string_view message) {
  BrainStep step;
  BrainTurnReader reader(kAccount, "m", 7);
  reader.take(message, step);
  return step;
}

TEST(BrainProtocolTest, EveryMessageOfTheDocumentIsUnderstood) {
  EXPECT_EQ(take(R"({"type":"text","turn":7,"text":"Yes, "})").text, "Yes, ");
  EXPECT_TRUE(std::holds_alternative<EndCall>(
      take(R"({"type":"action","turn":7,"action":"end_call"})").actions.at(0)));
  EXPECT_EQ(
      std::get<Escalate>(take(R"({"type":"action","turn":7,"action":"transfer","reason":"r"})").actions.at(0))
          .reason,
      "r");
  EXPECT_EQ(
      std::get<StageChanged>(take(R"({"type":"action","turn":7,"action":"stage","stage":"s"})").actions.at(0))
          .stage,
      "s");
  EXPECT_EQ(std::get<SlotFilled>(
                take(R"({"type":"action","turn":7,"action":"slot","name":"n","value":3})").actions.at(0))
                .value,
            "3");
  const auto call =
      take(R"({"type":"tool_call","turn":7,"id":"c","name":"book","arguments":{"day":"friday"}})")
          .calls.at(0);
  EXPECT_EQ(call.arguments, R"({"day":"friday"})");
  const auto end = take(
      R"({"type":"end","turn":7,"usage":{"input_tokens":9,"cached_input_tokens":99,"output_tokens":-2,"model":"x"}})");
  EXPECT_TRUE(end.ended);
  EXPECT_EQ(end.usage->cached_input_tokens, 9);
  EXPECT_EQ(end.usage->output_tokens, 0);
  EXPECT_EQ(end.usage->model, "x");
  const auto error =
      *take(R"({"type":"error","turn":7,"code":"rate_limited","message":"m","retry_after_ms":500})").error;
  EXPECT_EQ(error.fault, Fault::rate_limited);
  EXPECT_EQ(error.retry_after, std::chrono::milliseconds(500));
  EXPECT_EQ(take(R"({"type":"error","message":"m"})").error->fault, Fault::overloaded);
}

TEST(BrainProtocolTest, WhatIsOfAnotherTurnOrUnknownIsPassedOver) {
  for (const char* message : {R"({"type":"text","turn":6,"text":"late"})", R"({"type":"end","turn":8})",
                              R"({"type":"pong"})", R"({"type":"mood","turn":7})", "{}", R"({"type":7})"}) {
    BrainStep step;
    BrainTurnReader reader(kAccount, "m", 7);
    EXPECT_FALSE(reader.take(message, step)) << message;
    EXPECT_FALSE(step.error || step.ended || !step.text.empty()) << message;
  }
}

TEST(BrainProtocolTest, MistakesOfItsAuthorAreNamed) {
  EXPECT_THAT(take(R"({"type":"text","text":"no turn"})").error->detail, HasSubstr("turn"));
  EXPECT_EQ(take("nonsense").error->fault, Fault::protocol);
  EXPECT_EQ(take("[1]").error->fault, Fault::protocol);
  EXPECT_EQ(take("{\"type\":\"text\",\"turn\":7,\"text\":\"\xff\"}").error->fault, Fault::protocol);
  EXPECT_EQ(take(R"({"type":"tool_call","turn":7})").error->fault, Fault::protocol);
  EXPECT_EQ(take(R"({"type":"text","turn":7,"text":5})").error->fault, Fault::protocol);
}

TEST(BrainProtocolTest, ATurnWithoutEndIsGivenUp) {
  BrainTurnReader reader(kAccount, "m", 7);
  const auto text = fmt::format(R"({{"type":"text","turn":7,"text":"{}"}})", std::string(40'000, 'a'));
  BrainStep first;
  reader.take(text, first);
  EXPECT_FALSE(first.error);
  BrainStep second;
  reader.take(text, second);
  EXPECT_TRUE(second.error);
  BrainTurnReader busy(kAccount, "m", 7);
  BrainStep step;
  for (int i = 0; i < 65; ++i)
    busy.take(R"({"type":"action","turn":7,"action":"stage","stage":"s"})", step);
  EXPECT_TRUE(step.error);
}

class BrainModelTest : public ModelTest {
 protected:
  // A brain that writes down what it hears and answers by `on_turn`.
  struct Mind final : net::WebSocketListener {
    void on_text(std::string_view text) override {
      heard.emplace_back(text);
      const auto message = vendor::parse_json_object(text).value();
      const auto turn = vendor::integer_member(message, "turn").value_or(0);
      if (string_member(message, "type") == "turn") on_turn(*socket, turn, message);
      if (string_member(message, "type") == "cancel") cancelled.insert(turn);
    }
    void on_binary(std::string_view) override {}
    std::function<void(net::WebSocket&, std::int64_t, const boost::json::object&)> on_turn;
    net::WebSocket* socket = nullptr;
    std::vector<std::string> heard;
    std::set<std::int64_t> cancelled;
  };

  void SetUp() override {
    ModelTest::SetUp();
    mind_.on_turn = [](net::WebSocket& socket, std::int64_t turn, const auto&) {
      socket.send_text(fmt::format(R"({{"type":"text","turn":{},"text":"Hello."}})", turn));
      socket.send_text(fmt::format(R"({{"type":"end","turn":{}}})", turn));
    };
    net::PromptHandlers handlers;
    handlers.upgrade =
        [this](const net::HttpRequest& upgrade) -> std::variant<net::HttpResponse, net::Upgrade> {
      upgrades_.push_back(upgrade);
      if (refuse_with_ != 0) {
        net::HttpResponse response;
        response.status = refuse_with_;
        response.body = R"({"code":"","message":"no such key brain-secret-1"})";
        return response;
      }
      return net::Upgrade{*context_,
                          {},
                          [this](std::unique_ptr<net::WebSocket> socket) { return live(std::move(socket)); },
                          {}};
    };
    net::HttpServerOptions options;
    options.port = 0;
    server_ = std::move(net::HttpServer::listen(*context_, options, std::move(handlers)).value());
    chat_ = std::make_unique<BrainModel>(vendor::Account{"brain", address(), "brain-secret-1", "BRAIN_KEY"},
                                         clock_, std::chrono::milliseconds(200));
  }
  void TearDown() override {
    notes_.reply.reset();
    chat_.reset();
    server_.reset();
    run_until([] { return net::open_client_websockets() == 0; });
    ModelTest::TearDown();
  }

  async::Task<> live(std::unique_ptr<net::WebSocket> socket) {
    mind_.socket = socket.get();
    ++sockets_;
    co_await socket->run(mind_);
  }

  std::string address() const { return fmt::format("ws://127.0.0.1:{}", server_->port()); }

  Mind mind_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<BrainModel> chat_;
  std::vector<net::HttpRequest> upgrades_;
  int refuse_with_ = 0;
  int sockets_ = 0;
};

TEST_F(BrainModelTest, ATurnIsToldWithItsCallHistoryAndOptions) {
  ask(*chat_, request(question("book it"), {{"clinic", "12"}, {"first_token_ms", "900"}}));
  EXPECT_THAT(notes_.lines, ElementsAre("text", "end"));
  ASSERT_EQ(mind_.heard.size(), 2U);
  EXPECT_EQ(mind_.heard[0], R"({"type":"hello","version":1})");
  EXPECT_THAT(mind_.heard[1], HasSubstr(R"("call":"call-1")"));
  EXPECT_THAT(mind_.heard[1], HasSubstr(R"("input":{"kind":"speech","text":"book it"})"));
  EXPECT_THAT(
      mind_.heard[1],
      HasSubstr(
          R"("history":[{"role":"agent","text":"Welcome."},{"role":"caller","kind":"speech","text":"book it"}])"));
  EXPECT_THAT(mind_.heard[1], HasSubstr(R"("options":{"clinic":"12"})"));
  EXPECT_EQ(upgrades_.at(0).header("authorization"), "Bearer brain-secret-1");
  EXPECT_EQ(upgrades_.at(0).header("sec-websocket-protocol"), "parley-brain.1");
}

TEST_F(BrainModelTest, OneSocketServesTurnAfterTurn) {
  for (int i = 0; i < 3; ++i)
    ask(*chat_, request(question()));
  EXPECT_EQ(sockets_, 1);
}

TEST_F(BrainModelTest, AWarmedSocketIsUsed) {
  chat_->warm(request({}));
  chat_->warm(request({}));
  run_until([&] { return !mind_.heard.empty(); });  // its hello: it is open
  ask(*chat_, request(question()));
  EXPECT_EQ(upgrades_.size(), 1U);
}

TEST_F(BrainModelTest, AnInterruptedTurnIsCancelledAndItsRestIsNotHeardInTheNext) {
  mind_.on_turn = [](net::WebSocket& socket, std::int64_t turn, const auto&) {
    socket.send_text(fmt::format(R"({{"type":"text","turn":{},"text":"first"}})", turn));
  };
  notes_.drop_at = "text";
  ask(*chat_, request(question()));
  run_until([&] { return mind_.cancelled.size() == 1; });
  const auto old_turn = *mind_.cancelled.begin();
  mind_.on_turn = [old_turn](net::WebSocket& socket, std::int64_t turn, const auto&) {
    socket.send_text(fmt::format(R"({{"type":"text","turn":{},"text":"late"}})", old_turn));
    socket.send_text(fmt::format(R"({{"type":"end","turn":{}}})", old_turn));
    socket.send_text(fmt::format(R"({{"type":"text","turn":{},"text":"new"}})", turn));
    socket.send_text(fmt::format(R"({{"type":"end","turn":{}}})", turn));
  };
  notes_.drop_at.clear();
  ask(*chat_, request(question()));
  EXPECT_EQ(notes_.text, "new");
  EXPECT_EQ(sockets_, 1);
}

TEST_F(BrainModelTest, ABrainThatDiesBetweenTurnsIsAskedAgainOnAFreshSocket) {
  ask(*chat_, request(question()));
  mind_.on_turn = [this](net::WebSocket& socket, std::int64_t turn, const auto&) {
    if (sockets_ == 1) return socket.cut();
    socket.send_text(fmt::format(R"({{"type":"end","turn":{}}})", turn));
  };
  ask(*chat_, request(question()));
  EXPECT_THAT(notes_.lines, ElementsAre("end"));
  EXPECT_EQ(sockets_, 2);
}

TEST_F(BrainModelTest, ABrainThatClosesInTheMiddleIsAFailure) {
  mind_.on_turn = [](net::WebSocket& socket, std::int64_t turn, const auto&) {
    socket.send_text(fmt::format(R"({{"type":"text","turn":{},"text":"first"}})", turn));
    socket.close(net::CloseCode::try_again_later, "full");
  };
  ask(*chat_, request(question()));
  EXPECT_THAT(notes_.lines, ElementsAre("text", "failed"));
  EXPECT_EQ(notes_.error.fault, Fault::overloaded);
  EXPECT_EQ(notes_.error.status, 1013);
}

TEST_F(BrainModelTest, ASilentBrainIsATimeout) {
  mind_.on_turn = [](net::WebSocket&, std::int64_t, const auto&) {};
  ask(*chat_, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::timeout);
}

TEST_F(BrainModelTest, BytesAndGarbageAreProtocolFaults) {
  mind_.on_turn = [](net::WebSocket& socket, std::int64_t, const auto&) { socket.send_binary("x"); };
  ask(*chat_, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::protocol);
  mind_.on_turn = [](net::WebSocket& socket, std::int64_t, const auto&) { socket.send_text("{"); };
  ask(*chat_, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::protocol);
  mind_.on_turn = [](net::WebSocket& socket, std::int64_t, const auto&) {
    socket.send_text(std::string(300'000, ' '));
  };
  ask(*chat_, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::protocol);
}

TEST_F(BrainModelTest, ARefusedConnectionIsToldWithoutTheKey) {
  refuse_with_ = 401;
  ask(*chat_, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::bad_key);
  EXPECT_EQ(notes_.error.status, 401);
  EXPECT_THAT(describe(notes_.error), Not(HasSubstr("secret")));
  refuse_with_ = 503;
  ask(*chat_, request(question()));
  EXPECT_EQ(notes_.error.fault, Fault::overloaded);
}

TEST_F(BrainModelTest, AReplyMayBeDroppedInEveryPhase) {
  notes_.reply = chat_->start(request(question()), notes_);
  notes_.reply.reset();  // connecting
  mind_.on_turn = [](net::WebSocket& socket, std::int64_t turn, const auto&) {
    for (const char* rest : {R"("type":"text","text":"t")", R"("type":"action","action":"end_call")",
                             R"("type":"tool_call","name":"f")", R"("type":"end")"})
      socket.send_text(fmt::format(R"({{"turn":{},{}}})", turn, rest));
  };
  for (const char* at : {"text", "action", "tool", "end"}) {
    notes_.drop_at = at;
    ask(*chat_, request(question()));
    EXPECT_TRUE(notes_.lines.back().starts_with(at));
    context_->run_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(notes_.lines.back().starts_with(at)) << "a call after the drop at " << at;
  }
}

TEST_F(BrainModelTest, TheKeyOfTheSettingsDoesNotGoToAnAddressOfTheAgents) {
  BrainModel elsewhere({"brain", "wss://elsewhere.example", "brain-secret-1", "BRAIN_KEY"}, clock_);
  ask(elsewhere, request(question(), {{"url", address()}}));
  EXPECT_EQ(notes_.lines.back(), "end");
  EXPECT_EQ(upgrades_.at(0).header("authorization"), "");
  notes_.reply.reset();
}

TEST_F(BrainModelTest, WithoutAnAddressTheAgentIsRefused) {
  BrainModel nowhere({"brain", "", "", ""}, clock_);
  const auto ready = nowhere.prepare(agent_, {"brain", "", {}, {}, {}});
  ASSERT_FALSE(ready);
  EXPECT_THAT(ready.error().message, HasSubstr("BRAIN_URL"));
}

}  // namespace
}  // namespace parley::llm
