// The agent of a call is chosen by what the start message says.
#include "engine/deferred_call.hpp"

#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kStart =
    R"({"event":"start","stream_sid":"S","start":{"call_sid":"C","from":"1","to":"2",)"
    R"("custom_parameters":{"agent":"sales","sessionId":"visit-7"}}})";

struct DeferredCallTest : CallFixture {
  std::optional<media::StreamStart> asked;
  Result<void> refusal;
  std::weak_ptr<int> kept;
  CallAgent known;  // what was known of the call before its stream came

  void open_deferred() {
    link = {};
    call = std::make_unique<DeferredCall>(
        [] { return media::make_exotel_codec({}); },
        CallDependencies{.executor = context.get_executor(),
                         .clock = clock,
                         .link = link,
                         .agent = nullptr,
                         .vendors = {},
                         .store = store,
                         .recorder = recorder,
                         .data_dir = "/nowhere",
                         .greetings = greetings,
                         .observer = observer,
                         .prices = std::make_shared<const vendor::PriceTable>(),
                         .probe = probe,
                         .media = media,
                         .carrier = "exotel",
                         .phone_id = ""},
        [this](const media::StreamStart& start) -> Result<CallAgent> {
          asked = start;
          if (!refusal) return fail(refusal.error());
          auto thing = std::make_shared<int>(1);
          kept = thing;
          CallAgent chosen = known;
          chosen.agent = agent;
          chosen.vendors = vendors();
          chosen.agent_text = "name: tester";
          chosen.workspace_id = "shop";
          chosen.phone_id = "PHONE";
          chosen.keeps_alive = std::move(thing);
          return chosen;
        });
  }
  std::uint64_t refused(std::string_view reason) {
    return static_cast<std::uint64_t>(probe.calls_refused(reason).value());
  }
};

TEST_F(DeferredCallTest, TheStartMessageDecidesWhoAnswersAndTheConfigurationIsFrozen) {
  agent->first_message = "Welcome.";
  open_deferred();
  const std::string id = call->id();
  text(R"({"event":"connected"})");
  EXPECT_FALSE(asked);
  EXPECT_THAT(store.calls, IsEmpty());
  text(std::string(kStart));
  ASSERT_TRUE(asked);
  EXPECT_EQ(asked->to, "2");
  EXPECT_EQ(asked->custom_parameters.at("agent"), "sales");
  ASSERT_EQ(store.calls.size(), 1U);
  const auto& row = store.calls[0];
  EXPECT_EQ(row.id, id) << "a call keeps its id";
  EXPECT_EQ(row.workspace_id, "shop");
  EXPECT_EQ(row.phone_id, "PHONE");
  EXPECT_EQ(row.agent_text, "name: tester");
  EXPECT_EQ(row.session_id, "visit-7");
  EXPECT_EQ(row.carrier_call_id, "C");
  EXPECT_THAT(tts.texts, ::testing::ElementsAre("Welcome."));
  EXPECT_EQ(probe.protocol_errors("second_start").value(), 0);
}

TEST_F(DeferredCallTest, WhatWasKnownOfTheCallBeforeItsStreamIsInItsRow) {
  known.call_id = "01CALL";
  known.session_id = "visit-1";
  known.direction = "outbound";
  known.telephony_config_id = "settings";
  known.variables = R"({"name":"Asha"})";
  known.custom_field = "p=1";
  known.earlier = {{llm::Role::caller, "a person please", llm::InputKind::speech, {}}};
  open_deferred();
  int told = 0;
  call->on_new_id([&] {
    ++told;
    EXPECT_EQ(call->id(), "01CALL");
    EXPECT_THAT(store.calls, IsEmpty());
  });
  text(std::string(kStart));
  EXPECT_EQ(told, 1);
  EXPECT_EQ(call->id(), "01CALL");
  ASSERT_EQ(store.calls.size(), 1U);
  const auto& row = store.calls[0];
  EXPECT_EQ(row.id, "01CALL");
  EXPECT_EQ(row.session_id, "visit-1") << "it counts before what the stream says";
  EXPECT_EQ(row.direction, "outbound");
  EXPECT_EQ(row.status, storage::CallStatus::in_progress);
  EXPECT_EQ(row.telephony_config_id, "settings");
  EXPECT_EQ(row.variables, R"({"name":"Asha"})");
  EXPECT_EQ(row.custom_field, "p=1");
  EXPECT_EQ(row.from, "1");
  EXPECT_EQ(row.to, "2");
  silence(200);
  speech(500);
  silence(640);
  transcript("hello again");
  ASSERT_EQ(chat.history.size(), 2U);
  EXPECT_EQ(chat.history[0].text, "a person please");
}

TEST_F(DeferredCallTest, TheConversationIsTheSameAsWithoutWaiting) {
  open_deferred();
  text(R"({"event":"connected"})");
  text(std::string(kStart));
  silence(200);
  speech(500);
  silence(640);
  transcript("book a table");
  chat.answer("Gladly.");
  tts.speak(300);
  silence(700);
  EXPECT_EQ(store.turns.at(1).agent_heard, "Gladly.");
  call->on_link_closed(LinkEnd::closed);
  EXPECT_EQ(store.ended->reason, "caller hung up");
}

TEST_F(DeferredCallTest, WhatTheVendorsAreMadeOfLivesAsLongAsTheCall) {
  open_deferred();
  text(std::string(kStart));
  EXPECT_FALSE(kept.expired());
  call->on_link_closed(LinkEnd::closed);
  EXPECT_FALSE(kept.expired());
  call.reset();
  EXPECT_TRUE(kept.expired());
}

TEST_F(DeferredCallTest, ARefusalEndsTheStreamPolitelyAndIsCounted) {
  const std::pair<Errc, std::pair<const char*, media::LinkClose>> cases[] = {
      {Errc::permission_denied, {"number_inactive", media::LinkClose::policy}},
      {Errc::not_found, {"no_agent", media::LinkClose::policy}},
      {Errc::unavailable, {"agent_unavailable", media::LinkClose::failed}},
  };
  for (const auto& [code, expected] : cases) {
    refusal = fail(code, "nobody answers here");
    open_deferred();
    text(std::string(kStart));
    EXPECT_EQ(link.closed, expected.second);
    const bool told = code != Errc::unavailable;
    EXPECT_EQ(link.close_reason, told ? "nobody answers here" : "the agent is not ready");
    EXPECT_EQ(refused(expected.first), 1U) << expected.first;
    text(std::string(kStart));
    EXPECT_EQ(refused(expected.first), 1U) << "a closed stream takes nothing";
    EXPECT_THAT(store.calls, IsEmpty());
    call->on_link_closed(LinkEnd::closed);
  }
}

TEST_F(DeferredCallTest, BrokenMessagesBeforeTheStartEndTheStreamAsEver) {
  open_deferred();
  for (int i = 0; i < 3; ++i)
    text("nonsense");
  EXPECT_EQ(link.closed, media::LinkClose::protocol_error);
  EXPECT_EQ(probe.protocol_errors("malformed").value(), 3);

  open_deferred();
  call->on_binary("abc");
  EXPECT_EQ(link.closed, media::LinkClose::unsupported);

  open_deferred();
  text(R"({"event":"stop"})");
  EXPECT_EQ(link.closed, media::LinkClose::done);
}

TEST_F(DeferredCallTest, AStreamThatNeverStartsIsClosed) {
  media.start_deadline = std::chrono::milliseconds(0);
  open_deferred();
  context.restart();
  context.run_one();
  EXPECT_EQ(link.closed, media::LinkClose::policy);
  EXPECT_THAT(link.close_reason, HasSubstr("no start message"));
  EXPECT_EQ(probe.protocol_errors("no_start").value(), 1);
}

TEST_F(DeferredCallTest, CommandsReachItBeforeAndAfterTheStart) {
  open_deferred();
  EXPECT_EQ(call->transfer("+911", "").error().code, Errc::conflict);
  EXPECT_TRUE(call->hang_up("test"));
  EXPECT_EQ(link.closed, media::LinkClose::done);

  open_deferred();
  call->shut_down();
  EXPECT_EQ(link.closed, media::LinkClose::going_away);

  open_deferred();
  text(std::string(kStart));
  EXPECT_TRUE(call->hang_up("the shop has closed"));
  EXPECT_EQ(store.ended->reason, "the shop has closed");
}

}  // namespace
}  // namespace parley::engine
