#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

struct CallSessionTest : CallFixture {};

TEST_F(CallSessionTest, GreetsAtOnceAndKeepsTheGreetingForTheNextCall) {
  agent->first_message = "Welcome.";
  start();
  EXPECT_THAT(tts.texts, ElementsAre("Welcome."));
  tts.speak(500);
  EXPECT_GE(link.count("media"), 4U) << "the lead goes out at once";
  silence(700);
  EXPECT_EQ(link.audio_ms(), 500U);
  EXPECT_EQ(store.turns.at(0).agent_heard, "Welcome.");
  EXPECT_EQ(store.turns.at(0).input_kind, "greeting");
  call->on_link_closed(LinkEnd::closed);

  link = {};
  played = 0;
  start();
  EXPECT_EQ(tts.texts.size(), 1U) << "from the cache";
  EXPECT_GE(link.count("media"), 4U);
}

TEST_F(CallSessionTest, HoldsOneTurnFromSpeechToSound) {
  start();
  silence(200);
  speech(500);
  silence(580);
  EXPECT_EQ(stt.finished, 0U) << "silence is not long enough yet";
  silence(40);
  EXPECT_EQ(stt.finished, 1U);
  EXPECT_GE(stt.written, 500U * 8) << "the beginning of the speech is not lost";
  transcript("book a table");
  ASSERT_EQ(chat.started, 1);
  ASSERT_EQ(chat.history.size(), 1U);
  EXPECT_EQ(chat.history[0].text, "book a table");
  chat.answer("Certainly, gladly. For when?");
  EXPECT_THAT(tts.texts, ElementsAre("Certainly, gladly."));
  tts.speak(400);
  EXPECT_THAT(tts.texts, ElementsAre("Certainly, gladly.", "For when?"));
  tts.speak(400);
  silence(1000);
  const auto& turn = store.turns.at(1);
  EXPECT_EQ(turn.caller_text, "book a table");
  EXPECT_EQ(turn.agent_heard, "Certainly, gladly. For when?");
  EXPECT_FALSE(turn.interrupted);
  EXPECT_NEAR(turn.endpoint_ms, 600, 25);
  EXPECT_GE(turn.transcript_ms, turn.endpoint_ms);
  EXPECT_GE(turn.first_token_ms, turn.transcript_ms);
  EXPECT_GE(turn.first_audio_ms, turn.first_token_ms);
  EXPECT_GE(turn.sent_ms, turn.first_audio_ms);
  EXPECT_THAT(link.marks(), ElementsAre("g1-1", "g1-2"));
}

TEST_F(CallSessionTest, ABargeInClearsAndTheHistoryHoldsOnlyWhatWasHeard) {
  start();
  speech(500);
  silence(620);
  transcript("tell me a story");
  chat.answer("Once upon a time there lived a very old king in a very large castle.");
  tts.speak(4000);
  silence(1000);
  ASSERT_EQ(link.count("clear"), 0U);
  speech(160);
  EXPECT_EQ(link.count("clear"), 1U);
  EXPECT_EQ(chat.destroyed, 1) << "the reply is cancelled, not only silenced";
  EXPECT_EQ(tts.alive, 0);
  const auto& turn = store.turns.at(1);
  EXPECT_TRUE(turn.interrupted);
  EXPECT_THAT(turn.agent_text, HasSubstr("castle"));
  EXPECT_THAT(turn.agent_heard, HasSubstr("Once upon"));
  EXPECT_THAT(turn.agent_heard, Not(HasSubstr("castle")));
  speech(300);
  silence(620);
  transcript("stop");
  ASSERT_EQ(chat.history.size(), 3U);
  EXPECT_EQ(chat.history[1].text, turn.agent_heard);
  EXPECT_THAT(store.events, Contains("barge_in"));
}

TEST_F(CallSessionTest, TheGoodbyeIsHeardBeforeTheSocketCloses) {
  start();
  speech(500);
  silence(620);
  transcript("bye");
  chat.listener->on_reply_text("Goodbye.");
  chat.listener->on_reply_action(llm::EndCall{});
  chat.listener->on_reply_end();
  tts.speak(1000);
  silence(900);
  EXPECT_FALSE(link.closed) << "the caller has not heard all of it";
  silence(200);
  EXPECT_EQ(link.closed, media::LinkClose::done);
  EXPECT_EQ(store.ended->reason, "agent hung up");
}

TEST_F(CallSessionTest, ACarrierWithoutMarksStillHearsTheGoodbyeAndIsHungUpOn) {
  echo_marks = false;
  start();
  speech(500);
  silence(620);
  transcript("bye");
  chat.listener->on_reply_text("Goodbye.");
  chat.listener->on_reply_action(llm::EndCall{});
  chat.listener->on_reply_end();
  tts.speak(1000);
  silence(2400);
  EXPECT_FALSE(link.closed);
  silence(200);
  EXPECT_EQ(link.closed, media::LinkClose::done);
}

TEST_F(CallSessionTest, KeysGoToTheModelAndAreLogged) {
  start();
  text(R"({"event":"dtmf","dtmf":{"digit":"5"}})");
  ASSERT_EQ(chat.started, 1);
  EXPECT_EQ(chat.history.back().kind, llm::InputKind::dtmf);
  EXPECT_EQ(chat.history.back().text, "5");
  EXPECT_THAT(store.events, Contains("dtmf"));
}

TEST_F(CallSessionTest, EscalationIsKeptOnTheCall) {
  agent->dtmf.keys['0'] = {agent::DtmfAction::escalate, ""};
  start();
  text(R"({"event":"dtmf","dtmf":{"digit":"0"}})");
  text(R"({"event":"stop","stop":{"reason":"callended"}})");
  EXPECT_THAT(store.events, Contains("escalation_requested"));
  EXPECT_TRUE(store.ended->escalation_requested);
  EXPECT_EQ(store.ended->reason, "caller hung up");
  EXPECT_EQ(store.ended->status, storage::CallStatus::completed);
}

TEST_F(CallSessionTest, ABareCloseIsAStop) {
  start();
  silence(100);
  call->on_link_closed(LinkEnd::closed);
  EXPECT_EQ(store.ended->reason, "caller hung up");
}

TEST_F(CallSessionTest, NothingIsLoggedForAStreamThatNeverStarted) {
  open();
  text(R"({"event":"connected"})");
  call->on_link_closed(LinkEnd::closed);
  EXPECT_THAT(store.calls, IsEmpty());
  EXPECT_FALSE(store.ended);
}

TEST_F(CallSessionTest, GarbageBeforeStartEndsTheStreamGarbageLaterDoesNot) {
  start();
  for (int i = 0; i < 50; ++i)
    text("garbage");
  EXPECT_FALSE(link.closed);
  for (int i = 0; i < 50; ++i)
    text("garbage");
  EXPECT_EQ(link.closed, media::LinkClose::protocol_error);
  EXPECT_EQ(store.ended->status, storage::CallStatus::failed);
}

TEST_F(CallSessionTest, ThreeUnreadableMessagesBeforeStartAreEnough) {
  open();
  text("1");
  text("2");
  EXPECT_FALSE(link.closed);
  text("3");
  EXPECT_EQ(link.closed, media::LinkClose::protocol_error);
}

TEST_F(CallSessionTest, ARateThatCannotBeServedIsRefusedWithTheFix) {
  open();
  text(R"({"event":"start","start":{"media_format":{"sample_rate":"11025"}}})");
  EXPECT_EQ(link.closed, media::LinkClose::unsupported);
  EXPECT_THAT(link.close_reason, HasSubstr("8000, 16000 or 24000"));
}

TEST_F(CallSessionTest, ASecondStartIsIgnoredAndCounted) {
  start();
  text(R"({"event":"start","stream_sid":"other","start":{"call_sid":"D"}})");
  EXPECT_EQ(store.calls.size(), 1U);
  EXPECT_FALSE(link.closed);
  EXPECT_EQ(probe.protocol_errors("second_start").value(), 1U);
}

TEST_F(CallSessionTest, WithoutARecogniserTheAgentSaysThatItDidNotUnderstand) {
  stt.refuse = true;
  start();
  speech(500);
  silence(620);
  ASSERT_EQ(chat.started, 1);
  EXPECT_EQ(chat.history.back().kind, llm::InputKind::not_understood);
  EXPECT_THAT(store.events, Contains("stt_failed"));
}

TEST_F(CallSessionTest, AFailedVoiceApologisesOnceThenEnds) {
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.answer("Hello.");
  tts.listener->on_speech_failed(Error{Errc::unavailable, "no voice"});
  EXPECT_THAT(tts.texts.back(), HasSubstr("Sorry"));
  tts.listener->on_speech_failed(Error{Errc::unavailable, "no voice"});
  EXPECT_EQ(link.closed, media::LinkClose::failed);
  EXPECT_EQ(store.ended->reason, "agent failed");
}

TEST_F(CallSessionTest, ShutDownEndsTheCallAsInterrupted) {
  start();
  call->shut_down();
  EXPECT_EQ(link.closed, media::LinkClose::going_away);
  EXPECT_EQ(store.ended->status, storage::CallStatus::interrupted);
}

TEST_F(CallSessionTest, LargePiecesEndATurnWhereTheSilenceIsLongEnough) {
  start();
  speech(400);
  silence(400);
  // 200 ms in one message: the endpoint falls inside it.
  const std::string payload = [] {
    const std::vector<std::int16_t> quiet(8 * 220, 0);
    std::string out;
    media::base64_encode(std::as_bytes(std::span(quiet)), out);
    return out;
  }();
  clock.advance(std::chrono::milliseconds(220));
  text(R"({"event":"media","media":{"payload":")" + payload + "\"}}");
  EXPECT_EQ(stt.finished, 1U);
}

TEST_F(CallSessionTest, TheTranscriptIsPublishedAsItIsSpoken) {
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.answer("Hi there.");
  tts.speak(400);
  EXPECT_EQ(observer.lines.at(0).text, "hello");
  EXPECT_FALSE(observer.lines.at(0).by_agent);
  EXPECT_EQ(observer.lines.at(1).text, "Hi there.");
  EXPECT_FALSE(observer.lines.at(1).final);
  silence(600);
  EXPECT_TRUE(observer.lines.at(1).final);
}

TEST_F(CallSessionTest, AFloodOfKeysIsCutOff) {
  start();
  for (int i = 0; i < 1000; ++i)
    text(R"({"event":"dtmf","dtmf":{"digit":"5"}})");
  EXPECT_LE(store.events.size(), 50U);
  EXPECT_EQ(chat.started, 20);
  EXPECT_EQ(probe.protocol_errors("dtmf_flood").value(), 980U);
}

TEST_F(CallSessionTest, BrokenMessagesDoNotFillTheCallLog) {
  start();
  for (int i = 0; i < 90; ++i)
    text("garbage");
  EXPECT_LE(store.events.size(), 5U);
  EXPECT_EQ(probe.protocol_errors("malformed").value(), 90U);
}

TEST_F(CallSessionTest, AMessageOverTheLimitIsCountedAndEndsTheCallAsFailed) {
  start();
  call->on_link_closed(LinkEnd::too_big);
  EXPECT_EQ(probe.protocol_errors("too_big").value(), 1U);
  EXPECT_EQ(store.ended->status, storage::CallStatus::failed);
}

TEST_F(CallSessionTest, ARecogniserThatFailedIsOpenedAnewForTheNextUtterance) {
  start();
  speech(500);
  silence(620);
  const int opened = stt.opened;
  stt.listener->on_stt_failed(Error{Errc::unavailable, "gone"});
  EXPECT_EQ(chat.history.back().kind, llm::InputKind::not_understood);
  chat.answer("Please say that again.");
  tts.speak(300);
  silence(500);
  speech(500);
  silence(620);
  EXPECT_EQ(stt.opened, opened + 1);
  transcript("now it works");
  EXPECT_EQ(chat.history.back().text, "now it works");
}

TEST_F(CallSessionTest, AVoiceThatStopsInTheMiddleIsNoticed) {
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.answer("Hello to you as well.");
  const std::vector<std::int16_t> half(4000, 1000);
  tts.listener->on_speech_audio(half, SteadyTime());
  silence(8000);
  EXPECT_THAT(tts.texts.back(), Not(HasSubstr("Sorry")));
  silence(1000);
  EXPECT_THAT(tts.texts.back(), HasSubstr("Sorry"));
  EXPECT_THAT(store.events, Contains("reply_failed"));
}

TEST_F(CallSessionTest, OnlyABargeInCountsAsTimeToClear) {
  agent->first_message = "A greeting that is long enough to be cut.";
  start();
  tts.speak(3000);
  silence(500);
  text(R"({"event":"stop"})");
  EXPECT_THAT(registry.expose(), HasSubstr("parley_clear_seconds_count 0"));
}

struct EchoCallTest : CallFixture {
  EchoCallTest() { agent->kind = agent::AgentKind::echo; }
};

TEST_F(EchoCallTest, SendsBackWhatItHearsInMultiplesOf320Bytes) {
  start();
  speech(100);
  EXPECT_EQ(link.audio_ms(), 100U);
  EXPECT_EQ(store.calls.size(), 1U);
  text(R"({"event":"stop"})");
  EXPECT_EQ(link.closed, media::LinkClose::done);
  EXPECT_EQ(store.ended->reason, "caller hung up");
}

}  // namespace
}  // namespace parley::engine
