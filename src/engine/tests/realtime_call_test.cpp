#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

struct RealtimeCall : CallFixture {
  RealtimeCall() {
    agent->kind = agent::AgentKind::realtime;
    agent->sts.provider = "first";
    voices = {{unowned(voice), agent->sts}};
  }
};

TEST_F(RealtimeCall, TheModelHearsTheCallerAndItsSoundIsPlayedAndItsWordsAreLogged) {
  start();
  speech(500);
  silence(620);
  EXPECT_EQ(voice.finished, 1);
  EXPECT_GE(voice.written, 500u * 8);
  ASSERT_EQ(voice.replies, 1);
  voice.speak("Hello there.", 1000, true);
  voice.listener->on_caller_text(voice.utterance, "good morning");
  silence(1400);
  EXPECT_EQ(store.turns.at(1).caller_text, "good morning");
  EXPECT_EQ(store.turns.at(1).agent_heard, "Hello there.");
  EXPECT_GE(link.audio_ms(), 1000u);
  EXPECT_EQ(voice.alive, 0);
}

TEST_F(RealtimeCall, ABargeInCutsTheModelsMemoryWhereTheCallerStoppedListening) {
  start();
  speech(500);
  silence(620);
  voice.speak("One two three four five six seven eight.", 8000, false);
  silence(2000);
  speech(400);
  ASSERT_EQ(voice.cuts.size(), 1u);
  EXPECT_GT(voice.cuts[0], 1800);
  EXPECT_LT(voice.cuts[0], 2700);
  EXPECT_EQ(link.count("clear"), 1u);
  EXPECT_TRUE(store.turns.at(1).interrupted);
}

TEST_F(RealtimeCall, TheGreetingIsSpokenInTheModelsVoiceAndCached) {
  agent->first_message = "Welcome.";
  start();
  EXPECT_THAT(voice.texts, ElementsAre("say: Welcome."));
  voice.speak("Welcome.", 300, true);
  silence(700);
  EXPECT_EQ(store.turns.at(0).agent_heard, "Welcome.");
  EXPECT_NE(greetings.find(*agent, 8000), nullptr);
}

TEST_F(RealtimeCall, AGreetingThatBrokeOffIsNotKeptForTheNextCaller) {
  agent->first_message = "Welcome to the Sunrise Dental Clinic, how can I help you?";
  start();
  voice.speak("Welcome", 300, true);
  silence(700);
  EXPECT_EQ(greetings.find(*agent, 8000), nullptr);
}

TEST_F(RealtimeCall, KeysAreToldAsText) {
  start();
  text(R"({"event":"dtmf","dtmf":{"digit":"5"}})");
  EXPECT_THAT(voice.texts, Contains("caller: [keys: 5]"));
  EXPECT_EQ(voice.replies, 1);
}

TEST_F(RealtimeCall, TheNextModelTakesOverWithWhatWasSaid) {
  agent::ProviderChoice second;
  second.provider = "second";
  voices.push_back({unowned(voice), second});
  start();
  speech(500);
  silence(620);
  voice.speak("Hello.", 300, true);
  voice.listener->on_caller_text(voice.utterance, "hi");
  silence(800);
  voice.listener->on_voice_session_failed({vendor::Fault::unreachable, "first", "gone"});
  context.restart();
  context.poll();
  EXPECT_EQ(voice.opened, 2);
  EXPECT_THAT(voice.texts, ElementsAre("caller: hi", "agent: Hello."));
  EXPECT_THAT(store.events, Contains("vendor_switched"));
  speech(500);
  silence(620);
  EXPECT_EQ(voice.replies, 2);
}

TEST_F(RealtimeCall, AModelThatNeverRepliesIsReplaced) {
  start();
  speech(500);
  silence(620);
  silence(8200);
  EXPECT_THAT(tts.texts.back(), HasSubstr("Sorry"));
  EXPECT_EQ(voice.opened, 2);
  EXPECT_THAT(store.events, Contains("vendor_failed"));
  tts.speak(200);
  silence(800);
  speech(500);
  silence(620);
  voice.speak("Here I am.", 300, true);
  silence(800);
  EXPECT_EQ(store.turns.at(3).agent_heard, "Here I am.");
}

TEST_F(RealtimeCall, WithoutAnyModelLeftTheCallerIsToldAndTheCallEnds) {
  start();
  voice.listener->on_voice_session_failed({vendor::Fault::no_credit, "first", "empty"});
  speech(500);
  silence(620);
  EXPECT_THAT(tts.texts.back(), HasSubstr("Sorry, something"));
  for (int turn = 0; turn < 2; ++turn) {
    tts.speak(200);
    silence(800);
    speech(500);
    silence(620);
  }
  EXPECT_THAT(tts.texts.back(), HasSubstr("Goodbye"));
  tts.speak(200);
  silence(1000);
  ASSERT_TRUE(store.ended);
  EXPECT_EQ(store.ended->reason, "agent failed");
}

}  // namespace
}  // namespace parley::engine
