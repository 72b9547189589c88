// Handing the caller to a human, from whoever asks for it to the end of the stream, and a caller who comes
// back.
#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

// What a desk learns, with whether the stream was open still.
struct Desk final : CallObserver {
  explicit Desk(const FakeLink& link) : link_(link) {}
  void on_call_started(const storage::CallRecord&) override {}
  void on_transcript_line(const std::string&, const TranscriptLine&) override {}
  void on_call_ended(const std::string&, const storage::CallEnd& end) override {
    told.push_back("ended: " + end.reason);
  }
  void on_call_event(const std::string&, std::string_view kind, std::string_view detail,
                     std::int64_t) override {
    if (kind != "escalation_requested" && !kind.starts_with("transfer")) return;
    told.push_back(fmt::format("{}: {}{}", kind, detail, link_.closed ? " (closed)" : ""));
  }
  std::vector<std::string> told;

 private:
  const FakeLink& link_;
};

struct TransferTest : CallFixture {
  Desk desk{link};
  std::optional<NoTransfer> no_transfer;

  TransferTest() {
    agent->transfer.enabled = true;
    agent->transfer.to = {"+918012", "+918034"};
    agent->transfer.say = "I am putting you through.";
    agent->dtmf.keys['0'] = {agent::DtmfAction::escalate, "One moment."};
  }
  ~TransferTest() override {
    if (call) call->on_link_closed(LinkEnd::closed);
    call.reset();  // before who watches it
  }
  void begin(std::vector<llm::Message> earlier = {}) {
    CallDependencies d{context.get_executor(),
                       clock,
                       link,
                       agent,
                       vendors(),
                       store,
                       recorder,
                       "/nowhere",
                       greetings,
                       desk,
                       std::make_shared<const vendor::PriceTable>(),
                       probe,
                       media,
                       "exotel",
                       ""};
    d.earlier = std::move(earlier);
    d.no_transfer = no_transfer;
    call = make_call(media::make_exotel_codec({}), std::move(d));
    text(R"({"event":"start","stream_sid":"S","start":{"call_sid":"C","from":"1","to":"2"}})");
  }
  void press(char key) {
    text(fmt::format(R"({{"event":"dtmf","stream_sid":"S","dtmf":{{"digit":"{}"}}}})", key));
  }
  void ask_for_a_person() {
    silence(200);
    speech(500);
    silence(640);
    transcript("a person please");
  }
};

TEST_F(TransferTest, AKeySaysItsWordsAndThoseOfTheTransferAndEndsTheStream) {
  begin();
  silence(100);
  press('0');
  EXPECT_THAT(desk.told, ElementsAre("escalation_requested: key 0", "transfer_requested: +918012,+918034"));
  EXPECT_THAT(tts.texts, ElementsAre("One moment. I am putting you through."));
  tts.speak(1000);
  speech(600);
  EXPECT_EQ(link.count("clear"), 0U) << "nobody interrupts it";
  EXPECT_FALSE(link.closed);
  silence(900);
  EXPECT_EQ(link.closed, media::LinkClose::done);
  EXPECT_EQ(store.ended->reason, "transferred");
  EXPECT_EQ(store.ended->status, storage::CallStatus::completed);
  EXPECT_TRUE(store.ended->escalation_requested);
  EXPECT_EQ(store.turns.rbegin()->second.agent_heard, "One moment. I am putting you through.");
  EXPECT_EQ(desk.told.back(), "ended: transferred");
}

TEST_F(TransferTest, TheModelsWordsAreHeardToTheirMarkBeforeThoseOfTheTransfer) {
  begin();
  ask_for_a_person();
  chat.listener->on_reply_text("Of course.");
  chat.listener->on_reply_action(llm::Escalate{"wants a person"});
  chat.listener->on_reply_end();
  EXPECT_THAT(desk.told,
              ElementsAre("escalation_requested: wants a person", "transfer_requested: +918012,+918034"));
  tts.speak(800);
  EXPECT_THAT(tts.texts, ElementsAre("Of course."));
  speech(300);
  EXPECT_EQ(link.count("clear"), 0U);
  silence(800);
  ASSERT_THAT(tts.texts, ElementsAre("Of course.", "I am putting you through."));
  EXPECT_FALSE(link.closed);
  echo_marks = false;
  tts.speak(500);
  silence(400);
  EXPECT_FALSE(link.closed) << "the last word was not heard yet";
  echo_marks = true;
  silence(2500);
  EXPECT_EQ(store.ended->reason, "transferred");
  EXPECT_EQ(store.turns.at(1).agent_heard, "Of course.");
  EXPECT_FALSE(store.turns.at(1).interrupted);
  EXPECT_EQ(store.turns.at(2).agent_heard, "I am putting you through.");
}

TEST_F(TransferTest, AModelThatBreaksOffAfterAskingForItDoesNotHoldItUp) {
  begin();
  ask_for_a_person();
  chat.listener->on_reply_action(llm::Escalate{"wants a person"});
  chat.listener->on_reply_failed({vendor::Fault::unreachable, "", "gone"});
  context.restart();
  context.poll();
  EXPECT_EQ(tts.texts.back(), "I am putting you through.");
  tts.speak(500);
  silence(800);
  EXPECT_EQ(store.ended->reason, "transferred");
}

TEST_F(TransferTest, FromOutsideTheAgentsNumbersAndWordsStandInForWhatIsMissing) {
  begin();
  silence(100);
  EXPECT_TRUE(call->transfer("", ""));
  EXPECT_THAT(desk.told, ElementsAre("transfer_requested: +918012,+918034"));
  EXPECT_THAT(tts.texts, ElementsAre("I am putting you through."));
  EXPECT_EQ(call->transfer("+9180", "").error().code, Errc::conflict);
  tts.speak(500);
  silence(800);
  EXPECT_EQ(store.ended->reason, "transferred");
}

TEST_F(TransferTest, WhatIsGivenFromOutsideCounts) {
  begin();
  EXPECT_TRUE(call->transfer("+918099", "To the manager."));
  EXPECT_THAT(desk.told, ElementsAre("transfer_requested: +918099"));
  EXPECT_THAT(tts.texts, ElementsAre("To the manager."));
}

TEST_F(TransferTest, WithoutWordsItIsToldBeforeTheStreamIsClosed) {
  agent->transfer.say = "";
  agent->transfer.to = {};
  agent->dtmf.keys['0'].say = "";
  begin();
  press('0');
  EXPECT_EQ(link.closed, media::LinkClose::done);
  EXPECT_THAT(desk.told,
              ElementsAre("escalation_requested: key 0", "transfer_requested: ", "ended: transferred"));
}

TEST_F(TransferTest, WhoHangsUpBeforeItHasHungUpAndItIsNotedAsNotDone) {
  begin();
  press('0');
  tts.speak(1000);
  silence(300);
  text(R"({"event":"stop","stop":{"reason":"callended"}})");
  EXPECT_EQ(store.ended->reason, "caller hung up");
  EXPECT_TRUE(store.ended->escalation_requested);
  EXPECT_THAT(desk.told, ElementsAre("escalation_requested: key 0", "transfer_requested: +918012,+918034",
                                     "transfer_not_done: caller hung up", "ended: caller hung up"));
}

TEST_F(TransferTest, HangingUpFromOutsideComesBeforeIt) {
  begin();
  press('0');
  EXPECT_TRUE(call->hang_up("enough"));
  EXPECT_EQ(store.ended->reason, "enough");
  EXPECT_THAT(desk.told, Contains("transfer_not_done: hung up by API"));
}

TEST_F(TransferTest, AnAgentWithoutTheSectionNotesTheWishAndGoesOn) {
  agent->transfer.enabled = false;
  begin();
  press('0');
  EXPECT_THAT(tts.texts, ElementsAre("One moment."));
  tts.speak(300);
  silence(600);
  EXPECT_FALSE(link.closed);
  EXPECT_THAT(desk.told, ElementsAre("escalation_requested: key 0"));
  EXPECT_EQ(call->transfer("", "").error().code, Errc::invalid_argument);
}

// As the desk makes an agent for a call that nothing could hand on.
struct RefusedTransferTest : TransferTest {
  RefusedTransferTest() {
    agent->transfer.enabled = false;
    agent->transfer.failed_say = "Nobody is free just now.";
    no_transfer = NoTransfer{"no flow follows", true};
  }
};

TEST_F(RefusedTransferTest, AKeyIsToldThatNobodyIsThereAndTheCallGoesOn) {
  begin();
  press('0');
  EXPECT_THAT(desk.told, ElementsAre("escalation_requested: key 0", "transfer_refused: no flow follows"));
  EXPECT_THAT(tts.texts, ElementsAre("One moment. Nobody is free just now."));
  tts.speak(300);
  silence(900);
  EXPECT_FALSE(link.closed);
  ask_for_a_person();
  EXPECT_TRUE(chat.listener) << "the agent goes on talking";
}

TEST_F(RefusedTransferTest, TheWordsComeBehindTheModelsAndTheCallGoesOn) {
  begin();
  ask_for_a_person();
  chat.listener->on_reply_text("Of course.");
  chat.listener->on_reply_action(llm::Escalate{"wants a person"});
  chat.listener->on_reply_end();
  EXPECT_THAT(desk.told,
              ElementsAre("escalation_requested: wants a person", "transfer_refused: no flow follows"));
  tts.speak(300);
  silence(900);
  ASSERT_THAT(tts.texts, ElementsAre("Of course.", "Nobody is free just now."));
  tts.speak(300);
  silence(900);
  EXPECT_FALSE(link.closed);
  EXPECT_THAT(tts.texts, ElementsAre("Of course.", "Nobody is free just now.")) << "once";
}

TEST_F(RefusedTransferTest, WhoAlsoPressesTheKeyIsToldOnce) {
  begin();
  ask_for_a_person();
  chat.listener->on_reply_text("Of course.");
  chat.listener->on_reply_action(llm::Escalate{"wants a person"});
  press('0');
  EXPECT_EQ(tts.texts.back(), "One moment. Nobody is free just now.");
  tts.speak(300);
  silence(900);
  EXPECT_EQ(tts.texts.back(), "One moment. Nobody is free just now.") << "and not once more";
  EXPECT_FALSE(link.closed);
}

TEST_F(RefusedTransferTest, FromOutsideItIsAConflictAndTold) {
  begin();
  silence(100);
  for (const char* to : {"", "+918099"}) {
    const auto refused = call->transfer(to, "");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::conflict);
    EXPECT_EQ(refused.error().message, "no flow follows");
  }
  EXPECT_THAT(desk.told,
              ElementsAre("transfer_refused: no flow follows", "transfer_refused: no flow follows"));
  EXPECT_THAT(tts.texts, ElementsAre());
  EXPECT_FALSE(link.closed);
}

TEST_F(RefusedTransferTest, AnAgentWithoutTheSectionHasAskedForNone) {
  agent->transfer.failed_say = "";
  no_transfer->agent_would = false;
  begin();
  press('0');
  EXPECT_THAT(desk.told, ElementsAre("escalation_requested: key 0"));
}

TEST_F(TransferTest, ARealtimeAgentsModelHandsOverToo) {
  agent->kind = agent::AgentKind::realtime;
  agent->sts.provider = "first";
  voices = {{unowned(voice), agent->sts}};
  begin();
  speech(500);
  silence(620);
  voice.reply->on_voice_action(llm::Escalate{"wants a person"});
  voice.speak("Of course.", 500, true);
  speech(300);
  EXPECT_TRUE(voice.cuts.empty()) << "nobody interrupts it";
  silence(600);
  ASSERT_THAT(tts.texts, ElementsAre("I am putting you through."));
  tts.speak(400);
  silence(800);
  EXPECT_EQ(store.ended->reason, "transferred");
  EXPECT_THAT(desk.told, Contains("transfer_requested: +918012,+918034"));
  EXPECT_EQ(store.turns.at(1).agent_heard, "Of course.");
}

const std::vector<llm::Message> kEarlier = {
    {llm::Role::agent, "Welcome.", llm::InputKind::speech, {}},
    {llm::Role::caller, "a person please", llm::InputKind::speech, {}},
    {llm::Role::agent, "I am putting you through.", llm::InputKind::speech, {}}};

TEST_F(TransferTest, TheModelKnowsWhatWasSaidBeforeTheCallerCameBack) {
  agent->first_message = "Nobody is free.";
  agent->personal = true;
  begin(kEarlier);
  ASSERT_THAT(tts.texts, ElementsAre("Nobody is free."));
  tts.speak(700);
  silence(1000);
  EXPECT_EQ(greetings.find(*agent, 8000), nullptr) << "others are greeted otherwise";
  ask_for_a_person();
  ASSERT_EQ(chat.history.size(), 5U);
  EXPECT_EQ(chat.history[0].text, "Welcome.");
  EXPECT_EQ(chat.history[2].text, "I am putting you through.");
  EXPECT_EQ(chat.history[3].text, "Nobody is free.");
  EXPECT_EQ(chat.history[4].text, "a person please");
  EXPECT_EQ(store.turns.size(), 2U) << "what was said before has its rows already";
  EXPECT_EQ(store.turns.at(0).agent_heard, "Nobody is free.");
}

TEST_F(TransferTest, ARealtimeModelIsToldWhatWasSaid) {
  agent->kind = agent::AgentKind::realtime;
  agent->sts.provider = "first";
  voices = {{unowned(voice), agent->sts}};
  begin(kEarlier);
  EXPECT_THAT(voice.texts,
              ElementsAre("agent: Welcome.", "caller: a person please", "agent: I am putting you through."));
}

TEST_F(TransferTest, APersonalGreetingIsNeitherTakenFromTheCacheNorKept) {
  agent->first_message = "Welcome.";
  begin();
  tts.speak(700);
  silence(1000);
  ASSERT_NE(greetings.find(*agent, 8000), nullptr);
  call->on_link_closed(LinkEnd::closed);
  call.reset();

  link = {};
  played = 0;
  agent = std::make_shared<agent::Agent>(*agent);
  agent->first_message = "Welcome, Asha.";
  agent->personal = true;
  begin();
  ASSERT_THAT(tts.texts, ElementsAre("Welcome.", "Welcome, Asha."));
  tts.speak(900);
  silence(1200);
  EXPECT_EQ(greetings.find(*agent, 8000), nullptr);
  agent->personal = false;
  EXPECT_EQ(greetings.find(*agent, 8000)->size(), 700U * 8) << "the other one stays";
}

}  // namespace
}  // namespace parley::engine
