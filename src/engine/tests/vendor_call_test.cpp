#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using ::testing::Contains;

struct VendorCall : CallFixture {};

TEST_F(VendorCall, AFillerIsSpokenWhenTheModelLetsTheCallerWaitAndIsNoPartOfTheReply) {
  agent->filler.after = std::chrono::milliseconds(700);
  agent->filler.say = {"One moment."};
  start();
  speech(500);
  silence(620);
  transcript("hello");
  silence(500);
  EXPECT_TRUE(tts.texts.empty());
  silence(400);
  ASSERT_EQ(tts.texts, std::vector<std::string>{"One moment."});
  tts.speak(300);
  chat.answer("Here I am.");
  EXPECT_EQ(tts.texts.back(), "Here I am.");
  tts.speak(300);
  silence(1500);
  EXPECT_EQ(store.turns.at(1).agent_heard, "Here I am.");
}

TEST_F(VendorCall, ATurnStartsWhereTheCallerBeginsToSpeak) {
  start();
  silence(1000);
  speech(800);
  silence(620);
  transcript("hello");
  EXPECT_NEAR(static_cast<double>(store.turns.at(1).start_ms), 1000, 100);
  chat.answer("Yes.");
  tts.speak(300);
  silence(1280);
  // 3.7 s have passed; the next words begin here.
  speech(500);
  silence(620);
  transcript("hello");
  EXPECT_NEAR(static_cast<double>(store.turns.at(2).start_ms), 3700, 100);
}

TEST_F(VendorCall, AParagraphOfTheModelIsOneLineInTheTranscript) {
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.answer("Let me look.\n\nIt is done.\n\n");
  tts.speak(300);
  tts.speak(300);
  silence(1500);
  EXPECT_EQ(store.turns.at(1).agent_text, "Let me look. It is done.");
  EXPECT_EQ(store.turns.at(1).agent_heard, "Let me look. It is done.");
}

TEST_F(VendorCall, NoFillerIsSpokenOnceTheModelHasBegun) {
  agent->filler.after = std::chrono::milliseconds(700);
  agent->filler.say = {"One moment."};
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.answer("Here I am.");
  silence(1000);
  EXPECT_EQ(tts.texts, std::vector<std::string>{"Here I am."});
}

TEST_F(VendorCall, UsageIsKeptByTurnPartAndModelAndAddsUp) {
  start();
  speech(500);
  silence(620);
  vendor::Usage heard{
      .part = vendor::Part::stt, .vendor = "deepgram", .model = "nova-3", .audio_seconds = 1.5};
  stt.observer->on_usage(heard);
  transcript("hello");
  vendor::Usage tokens{
      .part = vendor::Part::llm, .vendor = "openai", .model = "m", .input_tokens = 10, .output_tokens = 2};
  chat.observer->on_usage(tokens);
  chat.observer->on_usage(tokens);
  ASSERT_EQ(store.usage.size(), 2u);
  EXPECT_EQ(store.usage.at("1 stt deepgram nova-3").usage.audio_seconds, 1.5);
  EXPECT_EQ(store.usage.at("1 llm openai m").usage.input_tokens, 20);
  EXPECT_FALSE(store.usage.at("1 llm openai m").cost);
}

TEST_F(VendorCall, AnApologyForTheModelIsSpokenByTheVoiceOfTheCall) {
  FakeTts left;
  apology = unowned(left);
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.listener->on_reply_failed({vendor::Fault::overloaded, "openai", "busy"});
  EXPECT_EQ(tts.texts, std::vector<std::string>{agent->limits.trouble_say});
  EXPECT_TRUE(left.texts.empty());
  tts.speak(300);
  silence(1500);
  EXPECT_FALSE(link.closed);
}

TEST_F(VendorCall, AVoiceThatFailedOnceIsNotBlamedForAModelThatFallsSilentLater) {
  FakeTts left;
  apology = unowned(left);
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.answer("Here I am.");
  tts.listener->on_speech_failed({vendor::Fault::overloaded, "elevenlabs", "busy"});
  ASSERT_EQ(left.texts.size(), 1U);
  left.speak(300);
  silence(1500);
  speech(500);
  silence(620);
  transcript("hello again");
  silence(8200);
  EXPECT_EQ(left.texts.size(), 1U);
  EXPECT_EQ(tts.texts.back(), agent->limits.trouble_say);
  call->on_link_closed(LinkEnd::closed);
  call.reset();
}

TEST_F(VendorCall, WhatAStreamTellsOfItsUseAsItIsDestroyedWithTheCallIsKept) {
  start();
  speech(500);
  silence(620);
  // A row that exists is looked through.
  stt.observer->on_usage(
      {.part = vendor::Part::stt, .vendor = "deepgram", .model = "nova-3", .audio_seconds = 1.5});
  stt.used_at_last = {
      .part = vendor::Part::stt, .vendor = "sarvam", .model = "saarika:v2.5", .audio_seconds = 2};
  call->on_link_closed(LinkEnd::closed);
  call.reset();
  EXPECT_EQ(store.usage.at("1 stt sarvam saarika:v2.5").usage.audio_seconds, 2);
}

TEST_F(VendorCall, AnEventTellsWhyTheAgentApologisesOnce) {
  start();
  speech(500);
  silence(620);
  transcript("hello");
  silence(8'100);
  EXPECT_EQ(tts.texts.back(), agent->limits.trouble_say);
  EXPECT_EQ(std::ranges::count(store.events, "reply_failed"), 1);
  tts.speak(300);
  silence(500);
  speech(500);
  silence(620);
  transcript("hello");
  chat.listener->on_reply_failed({vendor::Fault::overloaded, "openai", "busy"});
  EXPECT_EQ(std::ranges::count(store.events, "reply_failed"), 2);
}

TEST_F(VendorCall, AnApologyIsSpokenByTheVoiceThatIsLeft) {
  FakeTts left;
  apology = unowned(left);
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.answer("Here I am.");
  tts.listener->on_speech_failed({vendor::Fault::bad_key, "elevenlabs", "no"});
  EXPECT_EQ(left.texts, std::vector<std::string>{agent->limits.trouble_say});
  left.speak(300);
  silence(1500);
  EXPECT_FALSE(link.closed);
  call->on_link_closed(LinkEnd::closed);
  call.reset();
}

TEST_F(VendorCall, TroubleAtAVendorIsAnEventOfTheCall) {
  start();
  speech(500);
  silence(620);
  transcript("hello");
  chat.observer->on_vendor_event({vendor::VendorEvent::Kind::switched,
                                  vendor::Part::llm,
                                  "openai",
                                  "a",
                                  "gemini",
                                  "b",
                                  {vendor::Fault::overloaded, "openai", "busy"}});
  EXPECT_THAT(store.events, Contains("vendor_switched"));
}

TEST_F(VendorCall, ModelAndVoiceAreWarmedWhenTheCallBegins) {
  start();
  EXPECT_EQ(chat.warmed, 1);
  EXPECT_EQ(tts.warmed, 1);
}

TEST_F(VendorCall, AToolThatWasUsedStandsInTheHistoryOfTheNextTurn) {
  start();
  speech(500);
  silence(620);
  transcript("weather please");
  chat.listener->on_reply_action(
      llm::ToolUsed{{{"id1", "weather", "{}", ""}, "sunny"}, false, std::chrono::milliseconds(12)});
  chat.answer("It is sunny.");
  tts.speak(300);
  silence(1200);
  speech(500);
  silence(620);
  transcript("thanks");
  ASSERT_EQ(chat.history.size(), 4u);
  ASSERT_EQ(chat.history[1].tools.size(), 1u);
  EXPECT_EQ(chat.history[1].tools[0].result, "sunny");
  EXPECT_EQ(chat.history[2].text, "It is sunny.");
  EXPECT_THAT(store.events, Contains("tool"));
}

}  // namespace
}  // namespace parley::engine
