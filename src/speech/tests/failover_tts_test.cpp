#include "speech/failover_tts.hpp"

#include <gmock/gmock.h>

#include "speech/tests/listeners.hpp"
#include "vendor/tests/manual_alarms.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using vendor::CircuitBreaker;
using vendor::Fault;
using vendor::VendorError;

// A voice that says what the test lets it say.
struct ToldVoice final : TextToSpeech {
  struct Job final : TtsJob {
    Job(ToldVoice& of, TtsRequest given, TtsListener& to)
        : voice(of), request(std::move(given)), listener(to) {
      voice.jobs.push_back(this);
    }
    ~Job() override { std::erase(voice.jobs, this); }
    void speak(double seconds) {
      const std::vector<std::int16_t> audio(static_cast<std::size_t>(seconds * request.sample_rate_hz), 1000);
      listener.on_speech_audio(audio, {});
    }
    void end() { listener.on_speech_end(); }
    void fail(Fault fault) { listener.on_speech_failed({fault, voice.name, "told to"}); }
    ToldVoice& voice;
    TtsRequest request;
    TtsListener& listener;
  };

  explicit ToldVoice(std::string called) : name(std::move(called)) {}
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice& choice) override {
    prepared = choice;
    return prepares;
  }
  void warm(const TtsRequest& request) override { warmed.push_back(request.choice.model); }
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override {
    texts.push_back(request.text);
    return std::make_unique<Job>(*this, std::move(request), listener);
  }
  Job& job() { return *jobs.back(); }

  std::string name;
  std::vector<Job*> jobs;
  std::vector<std::string> texts;
  std::vector<std::string> warmed;
  agent::ProviderChoice prepared;
  Result<void> prepares;
};

agent::ProviderChoice named(std::string provider) {
  agent::ProviderChoice choice;
  choice.model = provider + "-model";
  choice.provider = std::move(provider);
  return choice;
}

class FailoverTtsTest : public ::testing::Test {
 protected:
  TtsRequest request(std::string text) {
    return {.executor = context_.get_executor(),
            .text = std::move(text),
            .choice = {},
            .language = "en-IN",
            .sample_rate_hz = 8000,
            .log = log::Logger("test"),
            .observer = book_};
  }
  std::unique_ptr<TtsJob> say(std::string text) { return tts_.start(request(std::move(text)), heard_); }

  boost::asio::io_context context_;
  ManualClock clock_;
  vendor::testing::ManualAlarms alarms_{clock_};
  vendor::testing::EventLog book_;
  ToldVoice a_{"a"};
  ToldVoice b_{"b"};
  CircuitBreaker a_breaker_{clock_, {}};
  CircuitBreaker b_breaker_{clock_, {}};
  FailoverTts tts_{{{a_, named("a"), &a_breaker_}, {b_, named("b"), &b_breaker_}}, {}, alarms_};
  testing::SpeechLog heard_;
};

TEST_F(FailoverTtsTest, TheFirstChoiceSpeaksAndNobodyElseIsAsked) {
  const auto job = say("Good morning.");
  a_.job().speak(1);
  a_.job().end();
  EXPECT_EQ(heard_.audio.size(), 8000U);
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(a_.job().request.choice.model, "a-model");
  EXPECT_TRUE(b_.texts.empty());
  EXPECT_TRUE(book_.events.empty());
  EXPECT_EQ(alarms_.set_ones(), 0U);
}

TEST_F(FailoverTtsTest, AFailureBeforeAnySoundGoesToTheNextAtOnceAndTheCallStaysThere) {
  auto job = say("Good morning.");
  a_.job().fail(Fault::overloaded);
  EXPECT_TRUE(a_.jobs.empty());
  EXPECT_THAT(b_.texts, ElementsAre("Good morning."));
  b_.job().speak(1);
  b_.job().end();
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_THAT(book_.events, ElementsAre("failed a overloaded", "switched a b"));
  job = say("And now?");
  EXPECT_EQ(b_.texts.size(), 2U);
  EXPECT_EQ(a_.texts.size(), 1U);
}

TEST_F(FailoverTtsTest, NoSoundInTimeIsAFailure) {
  const auto job = say("Good morning.");
  alarms_.advance(2499ms);
  EXPECT_TRUE(b_.texts.empty());
  alarms_.advance(1ms);
  EXPECT_TRUE(a_.jobs.empty());
  EXPECT_EQ(b_.texts.size(), 1U);
  EXPECT_EQ(book_.events.front(), "failed a timeout");
}

TEST_F(FailoverTtsTest, EmptyPiecesAreNoSound) {
  const auto job = say("Good morning.");
  a_.job().speak(0);
  alarms_.advance(2500ms);
  EXPECT_EQ(b_.texts.size(), 1U);
}

TEST_F(FailoverTtsTest, TheDeadlineIsAnOptionThatAdaptersDoNotSee) {
  auto choice = named("a");
  choice.options = {{"first_audio_ms", "300"}, {"stall_ms", "200"}, {"speed", "2"}};
  FailoverTts tts({{a_, choice, nullptr}, {b_, named("b"), nullptr}}, {}, alarms_);
  EXPECT_TRUE(tts.prepare(nullptr, {}));
  const auto job = tts.start(request("Good morning."), heard_);
  EXPECT_EQ(a_.job().request.choice.options, (std::map<std::string, std::string>{{"speed", "2"}}));
  alarms_.advance(300ms);
  EXPECT_EQ(b_.texts.size(), 1U);
  choice.options = {{"first_audio_ms", "soon"}};
  EXPECT_FALSE(FailoverTts({{a_, choice, nullptr}}, {}, alarms_).prepare(nullptr, {}));
}

TEST_F(FailoverTtsTest, AStallInTheMiddleGivesTheRestToTheNext) {
  const auto job = say("one two three four five six seven");
  a_.job().speak(0.5);
  alarms_.advance(2000ms);
  a_.job().speak(0.5);  // 13 characters in all: the end of "three"
  alarms_.advance(2999ms);
  EXPECT_TRUE(b_.texts.empty());
  alarms_.advance(1ms);
  EXPECT_THAT(b_.texts, ElementsAre("four five six seven"));
  b_.job().speak(1);
  b_.job().end();
  EXPECT_EQ(heard_.audio.size(), 16000U);
  EXPECT_EQ(heard_.ends, 1);
}

TEST_F(FailoverTtsTest, ABreakInTheMiddleOfAWordSaysTheWordAgain) {
  const auto job = say("one two three four five six seven");
  a_.job().speak(0.75);  // 9.75 characters: inside "three"
  a_.job().fail(Fault::unreachable);
  EXPECT_THAT(b_.texts, ElementsAre("three four five six seven"));
}

TEST_F(FailoverTtsTest, ABreakAfterEverythingWasSaidIsTheEnd) {
  const auto job = say("one two");
  a_.job().speak(2);
  a_.job().fail(Fault::unreachable);
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_TRUE(b_.texts.empty());
  EXPECT_EQ(book_.events.front(), "failed a unreachable");
}

TEST_F(FailoverTtsTest, AVoiceThatIsKnownToSpeakSlowlyIsCutWhereItReallyIs) {
  auto job = say("aaaa aaaa aaaa aaaa aaaa");  // 24 characters in 4 s: 6 a second
  a_.job().speak(4);
  a_.job().end();
  job = say("one two three four five six seven");
  a_.job().speak(1);
  a_.job().fail(Fault::unreachable);
  EXPECT_THAT(b_.texts, ElementsAre("two three four five six seven"));
}

TEST_F(FailoverTtsTest, TheLastIsTriedAgainWhileItMakesSense) {
  const auto job = say("Good morning.");
  a_.job().fail(Fault::bad_key);
  b_.job().fail(Fault::overloaded);
  EXPECT_TRUE(b_.jobs.empty());
  alarms_.advance(500ms);
  EXPECT_EQ(b_.texts.size(), 2U);
  b_.job().fail(Fault::overloaded);
  EXPECT_EQ(b_.texts.size(), 2U);
  alarms_.advance(1000ms);
  EXPECT_EQ(b_.texts.size(), 3U);
  EXPECT_FALSE(heard_.error);
  b_.job().fail(Fault::overloaded);
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->fault, Fault::overloaded);
  EXPECT_EQ(heard_.error->model, "b-model");
  EXPECT_EQ(a_.texts.size(), 1U);
  EXPECT_THAT(book_.events,
              ElementsAre("failed a bad_key", "switched a b", "failed b overloaded", "retrying b",
                          "failed b overloaded", "retrying b", "failed b overloaded"));
}

TEST_F(FailoverTtsTest, WhatNoTryCanMendFailsAtOnce) {
  const auto job = say("Good morning.");
  a_.job().fail(Fault::bad_request);
  b_.job().fail(Fault::unknown_model);
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->fault, Fault::unknown_model);
  EXPECT_EQ(alarms_.set_ones(), 0U);
}

TEST_F(FailoverTtsTest, AWaitLongerThanAnyoneWaitsIsNotBegun) {
  const auto job = say("Good morning.");
  a_.job().fail(Fault::bad_request);
  VendorError limited(Fault::rate_limited, "b", "");
  limited.retry_after = 9s;
  b_.job().listener.on_speech_failed(limited);
  EXPECT_TRUE(heard_.error);
}

TEST_F(FailoverTtsTest, AnOpenCircuitIsNotAsked) {
  a_breaker_.failed({Fault::bad_key, "a", ""});
  auto job = say("Good morning.");
  EXPECT_TRUE(a_.texts.empty());
  EXPECT_EQ(b_.texts.size(), 1U);
  EXPECT_THAT(book_.events, ElementsAre("circuit_open a", "switched a b"));
  tts_.warm(request(""));
  EXPECT_TRUE(a_.warmed.empty());
  EXPECT_THAT(b_.warmed, ElementsAre("b-model"));
  b_.job().speak(1);
  b_.job().end();

  b_breaker_.failed({Fault::no_credit, "b", ""});
  job = say("Anyone?");
  EXPECT_FALSE(heard_.error);  // not from inside start()
  alarms_.advance(0ms);
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->vendor, "b");
}

TEST_F(FailoverTtsTest, TheFirstChoiceServesAgainWhenTheOtherFails) {
  auto job = say("One.");
  a_.job().fail(Fault::overloaded);
  b_.job().speak(1);
  b_.job().end();
  job = say("Two.");
  b_.job().fail(Fault::unreachable);
  EXPECT_EQ(a_.texts.size(), 2U);
  a_.job().speak(1);
  EXPECT_EQ(book_.events.back(), "recovered a");
}

TEST_F(FailoverTtsTest, EveryTrialOfABreakerIsGivenBack) {
  a_breaker_.failed({Fault::bad_key, "a", ""});
  const auto trial = [&] {
    clock_.advance(300s);
    FailoverTts fresh({{a_, named("a"), &a_breaker_}}, {}, alarms_);
    return fresh.start(request("Good morning."), heard_) != nullptr;  // cancelled before anything came
  };
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(trial());
    EXPECT_EQ(a_.texts.size(), static_cast<std::size_t>(i + 1));
    EXPECT_EQ(a_breaker_.state(), CircuitBreaker::State::half_open);
  }
  {
    FailoverTts fresh({{a_, named("a"), &a_breaker_}}, {}, alarms_);
    const auto job = fresh.start(request("Good morning."), heard_);
    a_.job().speak(1);  // interrupted by the caller after that
  }
  EXPECT_EQ(a_breaker_.state(), CircuitBreaker::State::closed);
}

TEST_F(FailoverTtsTest, AnEndWithoutSoundGoesToTheNextAndIsTakenFromTheLast) {
  const auto job = say("Good morning.");
  a_.job().end();
  EXPECT_EQ(b_.texts.size(), 1U);
  b_.job().end();
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(book_.events.front(), "failed a protocol");
}

TEST_F(FailoverTtsTest, ASentenceThatEndsTooEarlyIsGoneOnWithByTheNext) {
  const auto job = say("Good morning to all of you.");
  a_.job().speak(0.1);
  a_.job().end();
  EXPECT_EQ(heard_.ends, 0);
  EXPECT_THAT(b_.texts, ElementsAre("Good morning to all of you."));
  // The last one is taken at its word.
  b_.job().speak(0.1);
  b_.job().end();
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_THAT(book_.events, ElementsAre("failed a protocol", "switched a b", "failed b protocol"));
}

TEST_F(FailoverTtsTest, WhatIsNotSpokenMayTakeNoTime) {
  const auto job = say("... --- ... --- ...");
  a_.job().speak(0.1);
  a_.job().end();
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_TRUE(book_.events.empty());
}

TEST_F(FailoverTtsTest, SoundWithoutEndIsEnded) {
  const auto job = say("Good morning.");
  for (int second = 0; second < 10; ++second)
    a_.job().speak(1);
  EXPECT_EQ(heard_.ends, 0);
  a_.job().speak(1);
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(heard_.audio.size(), 80'000U);
  EXPECT_TRUE(a_.jobs.empty());
  EXPECT_EQ(book_.events.front(), "failed a protocol");
}

TEST_F(FailoverTtsTest, TheOwnerMayDestroyTheJobInAnyCall) {
  std::unique_ptr<TtsJob> job = say("Good morning.");
  heard_.on_piece = [&] { job.reset(); };
  a_.job().speak(1);
  EXPECT_TRUE(a_.jobs.empty());
  EXPECT_EQ(alarms_.set_ones(), 0U);
  heard_.on_piece = [] {};
  job = say("Good morning.");
  job.reset();
  EXPECT_TRUE(a_.jobs.empty());
  alarms_.advance(60s);
  EXPECT_EQ(heard_.ends, 0);
  EXPECT_FALSE(heard_.error);
}

TEST_F(FailoverTtsTest, AllChoicesArePrepared) {
  EXPECT_TRUE(tts_.prepare(nullptr, {}));
  EXPECT_EQ(a_.prepared.provider, "a");
  EXPECT_EQ(b_.prepared.provider, "b");
  b_.prepares = fail(Errc::not_found, "no such voice");
  EXPECT_FALSE(tts_.prepare(nullptr, {}));
}

TEST(UnspokenRestTest, NeverCutsInsideAWordOrACharacter) {
  const std::string_view text = "one  two three";
  EXPECT_EQ(unspoken_rest(text, 0), text);
  EXPECT_EQ(unspoken_rest(text, 2.9), text);
  EXPECT_EQ(unspoken_rest(text, 3), "two three");
  EXPECT_EQ(unspoken_rest(text, 5), "two three");
  EXPECT_EQ(unspoken_rest(text, 9), "three");
  EXPECT_EQ(unspoken_rest(text, 14), "");
  EXPECT_EQ(unspoken_rest("", 3), "");
  const std::string_view hindi = "\xE0\xA4\xA8\xE0\xA4\xAE \xE0\xA4\xA8\xE0\xA4\xAE";
  EXPECT_EQ(unspoken_rest(hindi, 4), hindi.substr(7));
}

}  // namespace
}  // namespace parley::speech
