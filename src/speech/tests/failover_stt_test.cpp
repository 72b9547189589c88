#include "speech/failover_stt.hpp"

#include <gmock/gmock.h>

#include "speech/tests/listeners.hpp"
#include "speech/unanswered.hpp"
#include "vendor/tests/manual_alarms.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using vendor::CircuitBreaker;
using vendor::Fault;
using vendor::VendorError;

// A recogniser that writes down what it is given and hears what the test lets it hear.
struct ToldEars final : SpeechToText {
  struct Stream final : SttStream {
    Stream(ToldEars& of, SttListener& to) : ears(of), listener(to) { ears.streams.push_back(this); }
    ~Stream() override { std::erase(ears.streams, this); }
    void start_utterance(std::uint64_t id) override { given.push_back("start " + std::to_string(id)); }
    void write(std::span<const std::int16_t> audio) override { samples += audio.size(); }
    void finish_utterance() override { given.push_back("finish"); }
    void cancel_utterance() override { given.push_back("cancel"); }
    void partial(std::uint64_t id, std::string text) { listener.on_partial_transcript(id, std::move(text)); }
    void hear(std::uint64_t id, std::string text, bool rejected = false) {
      listener.on_final_transcript(id, {std::move(text), 1, rejected});
    }
    void fail(Fault fault) { listener.on_stt_failed({fault, ears.name, "told to"}); }
    ToldEars& ears;
    SttListener& listener;
    std::vector<std::string> given;
    std::size_t samples = 0;
  };

  explicit ToldEars(std::string called) : name(std::move(called)) {}
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice& one) override {
    prepared = one.provider;
    return {};
  }
  Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) override {
    ++opened;
    choice = request.choice;
    if (!opens) return fail(Errc::unavailable, "no connection");
    return std::make_unique<Stream>(*this, listener);
  }
  Stream& stream() { return *streams.back(); }

  std::string name;
  std::vector<Stream*> streams;
  agent::ProviderChoice choice;
  std::string prepared;
  bool opens = true;
  int opened = 0;
};

agent::ProviderChoice named(std::string provider) {
  agent::ProviderChoice choice;
  choice.model = provider + "-model";
  choice.provider = std::move(provider);
  return choice;
}

class FailoverSttTest : public ::testing::Test {
 protected:
  void open(FailoverStt& stt) {
    auto opened = stt.open({.executor = context_.get_executor(),
                            .agent = nullptr,
                            .choice = {},
                            .sample_rate_hz = 8000,
                            .log = log::Logger("test"),
                            .observer = book_},
                           heard_);
    ASSERT_TRUE(opened) << describe(opened.error());
    stream_ = std::move(*opened);
  }
  void open() { open(stt_); }
  void speak(std::uint64_t id, std::chrono::milliseconds length = 1500ms) {
    stream_->start_utterance(id);
    stream_->write(std::vector<std::int16_t>(static_cast<std::size_t>(length.count()) * 8, 100));
  }
  void say(std::uint64_t id, std::chrono::milliseconds length = 1500ms) {
    speak(id, length);
    stream_->finish_utterance();
  }
  std::string text(std::uint64_t id) const {
    return heard_.finals.contains(id) ? heard_.finals.at(id).text : "(none)";
  }

  boost::asio::io_context context_;
  ManualClock clock_;
  vendor::testing::ManualAlarms alarms_{clock_};
  vendor::testing::EventLog book_;
  ToldEars a_{"a"};
  ToldEars b_{"b"};
  CircuitBreaker a_breaker_{clock_, {}};
  CircuitBreaker b_breaker_{clock_, {}};
  FailoverStt stt_{{{a_, named("a"), &a_breaker_}, {b_, named("b"), &b_breaker_}}, {}, alarms_};
  FailoverStt alone_{{{a_, named("a"), &a_breaker_}}, {}, alarms_};
  testing::HearingLog heard_;
  std::unique_ptr<SttStream> stream_;
};

TEST_F(FailoverSttTest, TheFirstChoiceHearsAndNobodyElseIsAsked) {
  open();
  say(1);
  a_.stream().partial(1, "hel");
  a_.stream().hear(1, "hello");
  EXPECT_EQ(text(1), "hello");
  EXPECT_EQ(heard_.calls, 2);
  EXPECT_EQ(a_.choice.model, "a-model");
  EXPECT_EQ(b_.opened, 0);
  EXPECT_TRUE(book_.events.empty());
  EXPECT_EQ(alarms_.set_ones(), 0U);
}

TEST_F(FailoverSttTest, AChoiceThatCannotBeOpenedGivesWayAtOnce) {
  a_.opens = false;
  open();
  EXPECT_EQ(b_.streams.size(), 1U);
  EXPECT_THAT(book_.events, ElementsAre("failed a unreachable", "switched a b"));
  b_.opens = false;
  auto opened = stt_.open({context_.get_executor(), nullptr, {}, 8000, log::Logger("test"), book_}, heard_);
  EXPECT_FALSE(opened);
}

TEST_F(FailoverSttTest, EverythingUnansweredIsPlayedToTheNext) {
  open();
  say(1, 1000ms);
  speak(2, 500ms);
  a_.stream().fail(Fault::unreachable);
  ASSERT_EQ(b_.streams.size(), 1U);
  EXPECT_THAT(b_.stream().given, ElementsAre("start 1", "finish", "start 2"));
  EXPECT_EQ(b_.stream().samples, 12000U);
  stream_->write(std::vector<std::int16_t>(800));
  stream_->finish_utterance();
  EXPECT_EQ(b_.stream().samples, 12800U);
  b_.stream().hear(1, "one");
  b_.stream().hear(2, "two");
  EXPECT_EQ(text(1) + text(2), "onetwo");
  EXPECT_FALSE(heard_.error);
  EXPECT_THAT(book_.events, ElementsAre("failed a unreachable", "switched a b"));
}

TEST_F(FailoverSttTest, WhatIsAnsweredOrCancelledIsNotPlayedAgain) {
  open();
  say(1);
  a_.stream().hear(1, "one");
  say(2);
  stream_->cancel_utterance();
  EXPECT_EQ(a_.stream().given.back(), "cancel");
  EXPECT_EQ(alarms_.set_ones(), 0U);
  speak(3);
  a_.stream().fail(Fault::overloaded);
  EXPECT_THAT(b_.stream().given, ElementsAre("start 3"));
}

TEST_F(FailoverSttTest, ATranscriptThatIsLateIsAskedFromTheNext) {
  open();
  say(1, 500ms);
  alarms_.advance(2499ms);
  EXPECT_EQ(b_.opened, 0);
  alarms_.advance(1ms);
  ASSERT_EQ(b_.opened, 1);
  EXPECT_EQ(b_.stream().samples, 4000U);
  b_.stream().hear(1, "late but here");
  EXPECT_EQ(text(1), "late but here");
  EXPECT_THAT(book_.events, ElementsAre("failed a timeout", "switched a b"));
}

TEST_F(FailoverSttTest, NeitherPartialNorFinalTextOfClearSpeechIsDeafness) {
  open();
  say(1);
  alarms_.advance(2500ms);
  EXPECT_EQ(book_.events.front(), "deaf a timeout");
  EXPECT_EQ(b_.opened, 1);
}

TEST_F(FailoverSttTest, ClearSpeechThatTheAdapterGotNoAnswerToIsAskedFromTheNext) {
  open();
  say(1);
  a_.stream().partial(1, "what");
  a_.stream().listener.on_final_transcript(1, {.text = "", .unanswered = true});
  EXPECT_EQ(text(1), "(none)");
  ASSERT_EQ(b_.opened, 1);
  b_.stream().hear(1, "what now");
  EXPECT_EQ(text(1), "what now");
  EXPECT_THAT(book_.events, ElementsAre("failed a timeout", "switched a b"));
}

TEST_F(FailoverSttTest, ClearSpeechThatNeitherAnsweredIsNotUnderstoodRatherThanNothing) {
  open();
  say(1);
  alarms_.advance(2500ms);
  ASSERT_EQ(b_.opened, 1);
  b_.stream().hear(1, "");
  ASSERT_EQ(text(1), "");
  EXPECT_TRUE(heard_.finals.at(1).rejected);
}

TEST_F(FailoverSttTest, ANoiseWithoutAnAnswerIsNothing) {
  open();
  say(1, 500ms);
  a_.stream().listener.on_final_transcript(1, {.text = "", .unanswered = true});
  EXPECT_EQ(text(1), "");
  EXPECT_EQ(b_.opened, 0);
}

TEST_F(FailoverSttTest, LateAnswersOfAReplacedStreamAreDropped) {
  open();
  say(1);
  auto& old = a_.stream();
  alarms_.advance(2499ms);
  // The alarm goes off first, and then, before the old stream is swept away, its answer comes.
  clock_.advance(1ms);
  old.fail(Fault::overloaded);
  old.hear(1, "too late");
  old.fail(Fault::overloaded);
  EXPECT_EQ(heard_.calls, 0);
  EXPECT_EQ(b_.opened, 1);
  alarms_.advance(0ms);
  EXPECT_TRUE(a_.streams.empty());
}

TEST_F(FailoverSttTest, TwoClearUtterancesWithoutTextAreDeafnessAndTheSecondIsHeardByTheNext) {
  open();
  say(1);
  a_.stream().hear(1, "");
  EXPECT_EQ(text(1), "");
  say(2);
  a_.stream().hear(2, "");
  EXPECT_EQ(text(2), "(none)");
  ASSERT_EQ(b_.opened, 1);
  EXPECT_THAT(b_.stream().given, ElementsAre("start 2", "finish"));
  b_.stream().hear(2, "can you hear me");
  EXPECT_EQ(text(2), "can you hear me");
  EXPECT_THAT(book_.events, ElementsAre("deaf a protocol", "switched a b"));
}

TEST_F(FailoverSttTest, ShortOrRejectedUtterancesAndTextInBetweenAreNoDeafness) {
  open();
  say(1);
  a_.stream().hear(1, "");
  say(2);
  a_.stream().hear(2, "", true);
  say(3);
  a_.stream().hear(3, "");
  say(4, 900ms);
  a_.stream().hear(4, "");
  say(5);
  a_.stream().hear(5, "");
  say(6);
  a_.stream().hear(6, "text");
  say(7);
  a_.stream().hear(7, "");
  EXPECT_EQ(b_.opened, 0);
  EXPECT_EQ(heard_.finals.size(), 7U);
}

TEST_F(FailoverSttTest, ADeafOneThatIsAloneStaysAndIsTold) {
  open(alone_);
  for (std::uint64_t id = 1; id <= 2; ++id) {
    say(id);
    a_.stream().hear(id, "");
    EXPECT_EQ(text(id), "");
  }
  EXPECT_THAT(book_.events, ElementsAre("deaf a protocol"));
  EXPECT_EQ(a_.streams.size(), 1U);
}

TEST_F(FailoverSttTest, AConnectionLostWhileNobodySpeaksIsOpenedQuietlyAtTheNextUtterance) {
  open();
  say(1);
  a_.stream().hear(1, "one");
  a_.stream().fail(Fault::unreachable);
  alarms_.advance(60s);
  EXPECT_TRUE(a_.streams.empty());
  say(2);
  ASSERT_EQ(a_.opened, 2);
  EXPECT_THAT(a_.stream().given, ElementsAre("start 2", "finish"));
  a_.stream().hear(2, "two");
  EXPECT_EQ(text(2), "two");
  EXPECT_TRUE(book_.events.empty());
  EXPECT_EQ(b_.opened, 0);
}

TEST_F(FailoverSttTest, AConnectionLostWhileItsCircuitOpenedGoesToTheNext) {
  open();
  say(1);
  a_.stream().hear(1, "one");
  a_.stream().fail(Fault::unreachable);
  a_breaker_.failed({Fault::no_credit, "a", ""});
  speak(2);
  EXPECT_EQ(a_.opened, 1);
  EXPECT_THAT(b_.stream().given, ElementsAre("start 2"));
  EXPECT_THAT(book_.events, ElementsAre("circuit_open a", "switched a b"));
}

TEST_F(FailoverSttTest, AFailureBeforeItEverHeardAnythingSwitchesWhileTheGreetingPlays) {
  open();
  a_.stream().fail(Fault::bad_key);
  EXPECT_EQ(b_.streams.size(), 1U);
  EXPECT_THAT(book_.events, ElementsAre("failed a bad_key", "switched a b"));
  EXPECT_EQ(a_breaker_.state(), CircuitBreaker::State::open);
}

TEST_F(FailoverSttTest, TheLastIsTriedAgainWithAllTheSoundAndThenGivenUp) {
  open(alone_);
  say(1);
  a_.stream().fail(Fault::overloaded);
  EXPECT_TRUE(heard_.finals.empty());
  speak(2, 300ms);  // goes on meanwhile
  alarms_.advance(500ms);
  ASSERT_EQ(a_.opened, 2);
  EXPECT_THAT(a_.stream().given, ElementsAre("start 1", "finish", "start 2"));
  a_.stream().fail(Fault::overloaded);
  alarms_.advance(1000ms);
  ASSERT_EQ(a_.opened, 3);
  a_.stream().fail(Fault::overloaded);
  EXPECT_FALSE(heard_.error);
  alarms_.advance(0ms);
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->fault, Fault::overloaded);
  stream_->start_utterance(3);
  stream_->finish_utterance();
  alarms_.advance(60s);
  EXPECT_EQ(a_.opened, 3);
}

TEST_F(FailoverSttTest, AVendorThatIsDownWhileNobodySpeaksIsTriedAgainAtTheNextUtterance) {
  open(alone_);
  for (int i = 0; i < 3; ++i) {
    a_.stream().fail(Fault::unreachable);
    alarms_.advance(2s);
  }
  EXPECT_TRUE(a_.streams.empty());
  EXPECT_FALSE(heard_.error);
  clock_.advance(60s);
  say(1);
  ASSERT_EQ(a_.streams.size(), 1U);
  a_.stream().hear(1, "back");
  EXPECT_EQ(text(1), "back");
  EXPECT_EQ(a_breaker_.state(), CircuitBreaker::State::closed);
}

TEST_F(FailoverSttTest, AWrongKeyOfTheOnlyChoiceIsToldAtOnce) {
  open(alone_);
  a_.stream().fail(Fault::bad_key);
  alarms_.advance(0ms);
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->fault, Fault::bad_key);
}

TEST_F(FailoverSttTest, TheCallStaysWithTheNewChoiceAndComesBackWhenThatFails) {
  open();
  a_.stream().fail(Fault::overloaded);
  say(1);
  b_.stream().hear(1, "one");
  speak(2);
  b_.stream().fail(Fault::unreachable);
  ASSERT_EQ(a_.opened, 2);
  EXPECT_THAT(a_.stream().given, ElementsAre("start 2"));
  stream_->finish_utterance();
  a_.stream().hear(2, "two");
  EXPECT_EQ(book_.events.back(), "recovered a");
  FailoverStt next_call({{a_, named("a"), &a_breaker_}, {b_, named("b"), &b_breaker_}}, {}, alarms_);
  open(next_call);
  EXPECT_EQ(a_.opened, 3);
  stream_.reset();
}

TEST_F(FailoverSttTest, ATrialOfABreakerIsGivenBackByACallWithoutSpeech) {
  a_breaker_.failed({Fault::bad_key, "a", ""});
  clock_.advance(15s);
  open(alone_);
  EXPECT_FALSE(a_breaker_.allow());
  stream_.reset();
  EXPECT_TRUE(a_breaker_.allow());
  a_breaker_.abandoned();
}

TEST_F(FailoverSttTest, ALongSpeechIsPlayedAgainFromItsLastMinuteOn) {
  open();
  speak(1, 1000ms);
  for (int i = 0; i < 90; ++i)
    stream_->write(std::vector<std::int16_t>(8000));
  a_.stream().fail(Fault::unreachable);
  EXPECT_LE(b_.stream().samples, 60U * 8000);
  EXPECT_GE(b_.stream().samples, 55U * 8000);
}

TEST_F(FailoverSttTest, TheDeadlineIsAnOptionAndAllChoicesArePrepared) {
  auto choice = named("a");
  choice.options = {{"final_ms", "300"}, {"smart_format", "true"}};
  FailoverStt stt({{a_, choice, nullptr}, {b_, named("b"), nullptr}}, {}, alarms_);
  EXPECT_TRUE(stt.prepare(nullptr, {}));
  EXPECT_EQ(a_.prepared + b_.prepared, "ab");
  open(stt);
  EXPECT_EQ(a_.choice.options.size(), 1U);
  say(1);
  alarms_.advance(300ms);
  EXPECT_EQ(b_.opened, 1);
  stream_.reset();
}

TEST_F(FailoverSttTest, DestroyedAtAnyMomentItSaysNothingMore) {
  open();
  say(1);
  a_.stream().fail(Fault::overloaded);
  stream_.reset();
  EXPECT_TRUE(a_.streams.empty());
  EXPECT_TRUE(b_.streams.empty());
  alarms_.advance(60s);
  EXPECT_EQ(heard_.calls, 0);
}

TEST(UnansweredTest, AnUtteranceThatWasNeverFinishedIsReplaced) {
  Unanswered waiting(8000);
  waiting.start(1);
  waiting.start(2);
  EXPECT_EQ(waiting.find(1), nullptr);
  ASSERT_NE(waiting.find(2), nullptr);
  EXPECT_EQ(waiting.next_due(), nullptr);
  waiting.current().finished = true;
  EXPECT_FALSE(waiting.speaking());
  EXPECT_EQ(waiting.next_due(), waiting.find(2));
  waiting.write(std::vector<std::int16_t>(10));
  EXPECT_EQ(waiting.find(2)->samples, 0U);
}

}  // namespace
}  // namespace parley::speech
