#include "speech/cached_tts.hpp"

#include <filesystem>
#include <future>

#include <gtest/gtest.h>

#include "base/tests/temporary_directory.hpp"
#include "speech/tests/listeners.hpp"
#include "vendor/tests/manual_alarms.hpp"

namespace parley::speech {
namespace {

using namespace std::chrono_literals;
using vendor::Fault;

// A vendor that speaks when the test says so.
struct ToldVoice final : TextToSpeech {
  struct Job final : TtsJob {
    Job(ToldVoice& of, TtsListener& to) : voice(of), listener(to) { voice.jobs.push_back(this); }
    ~Job() override { std::erase(voice.jobs, this); }
    void speak(std::int16_t sample, std::size_t count = 800) {
      listener.on_speech_audio(std::vector<std::int16_t>(count, sample), {});
    }
    ToldVoice& voice;
    TtsListener& listener;
  };
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override {
    return fail(Errc::permission_denied, "no key");
  }
  void warm(const TtsRequest&) override { ++warmed; }
  std::unique_ptr<TtsJob> start(TtsRequest, TtsListener& listener) override {
    ++asked;
    return std::make_unique<Job>(*this, listener);
  }
  std::vector<Job*> jobs;
  int asked = 0;
  int warmed = 0;
};

const vendor::Account kAccount{"deepgram", "https://api.deepgram.com", "secret", "DEEPGRAM_API_KEY"};

class CachedTtsTest : public ::testing::Test {
 protected:
  CachedTtsTest() { restart(); }
  ~CachedTtsTest() override { pool_.stop(); }

  void restart() {
    tts_.reset();
    cache_ = std::make_unique<SpeechCache>(SpeechCache::Options{directory_.path()}, pool_, registry_, clock_);
    tts_ = std::make_unique<CachedTts>(voice_, kAccount, *cache_, alarms_);
    drain();
  }
  void drain() {
    std::promise<void> done;
    ASSERT_TRUE(pool_.submit([&](const auto&) { done.set_value(); }));
    done.get_future().wait();
  }
  void run() {
    context_.restart();
    context_.poll();
  }
  TtsRequest request(std::string text = "Hello.") {
    auto made = testing::say(context_, std::move(text));
    made.choice.provider = "deepgram";
    made.choice.model = "aura-2-asteria-en";
    return made;
  }
  // What one call hears, with the vendor speaking samples of `sample` if it is asked.
  testing::SpeechLog hear(const TtsRequest& wanted, std::int16_t sample = 7) {
    testing::SpeechLog heard;
    const int before = voice_.asked;
    const auto job = tts_->start(wanted, heard);
    EXPECT_EQ(heard.pieces, 0) << "nothing is told from inside start()";
    drain();
    run();
    if (voice_.asked > before) {
      voice_.jobs.back()->speak(sample);
      voice_.jobs.back()->speak(sample);
      voice_.jobs.back()->listener.on_speech_end();
    }
    EXPECT_EQ(heard.ends, 1);
    return heard;
  }

  TemporaryDirectory directory_;
  metrics::Registry registry_;
  SpeechCacheProbe probe_{registry_};
  ManualClock clock_;
  boost::asio::io_context context_;
  vendor::testing::ManualAlarms alarms_{clock_};
  async::BlockingPool pool_{{.name = "files"}};
  ToldVoice voice_;
  std::unique_ptr<SpeechCache> cache_;
  std::unique_ptr<CachedTts> tts_;
};

TEST_F(CachedTtsTest, ASentenceIsAskedForOnce) {
  const auto first = hear(request());
  const auto second = hear(request());
  EXPECT_EQ(voice_.asked, 1);
  EXPECT_EQ(first.audio, std::vector<std::int16_t>(1600, 7));
  EXPECT_EQ(second.audio, first.audio);
  EXPECT_EQ(probe_.misses.value(), 1U);
  EXPECT_EQ(probe_.memory_hits.value(), 1U);
}

TEST_F(CachedTtsTest, ASentenceThatEndedFarTooEarlyIsNotKept) {
  const auto long_one = request("We are open from nine to five, every day of the week.");
  const auto cut = hear(long_one);
  EXPECT_EQ(cut.audio.size(), 1600U);
  hear(long_one);
  EXPECT_EQ(voice_.asked, 2);
}

TEST_F(CachedTtsTest, AfterARestartItComesFromTheDisk) {
  const auto first = hear(request());
  drain();
  restart();
  const auto second = hear(request());
  EXPECT_EQ(voice_.asked, 1);
  EXPECT_EQ(second.audio, first.audio);
  EXPECT_EQ(probe_.disk_hits.value(), 1U);
  EXPECT_EQ(alarms_.set_ones(), 0U);
}

TEST_F(CachedTtsTest, WhatIsOneCallersIsInMemoryOnly) {
  auto wanted = request("Hello Asha.");
  wanted.personal = true;
  hear(wanted);
  hear(wanted);
  EXPECT_EQ(voice_.asked, 1);
  drain();
  restart();
  hear(wanted);
  EXPECT_EQ(voice_.asked, 2) << "no file holds it";
}

TEST_F(CachedTtsTest, AnythingElseThatChangesTheSoundIsAnotherSentence) {
  std::vector<TtsRequest> all(7, request());
  all[1].text = "Bye.";
  all[2].choice.model = "aura-2-luna-en";
  all[3].choice.voice = "luna";
  all[4].choice.options["speed"] = "1.1";
  all[5].language = "hi-IN";
  all[6].sample_rate_hz = 16000;
  for (const auto& one : all)
    hear(one);
  EXPECT_EQ(voice_.asked, 7);
  for (const auto& one : all)
    hear(one);
  EXPECT_EQ(voice_.asked, 7);
}

TEST_F(CachedTtsTest, AnotherServerOfTheVendorIsAnotherVoiceButAnotherKeyIsNot) {
  auto other = kAccount;
  other.key = "rotated";
  EXPECT_EQ(speech_account(other), speech_account(kAccount));
  other.url = "https://user:password@self-hosted.example";
  EXPECT_NE(speech_account(other), speech_account(kAccount));
  EXPECT_EQ(speech_account(other).find("password"), std::string::npos);
}

TEST_F(CachedTtsTest, PartsOfAKeyDoNotRunTogether) {
  auto one = request("b");
  auto other = request("b");
  one.choice.model = "ma";
  one.choice.voice = "b";
  other.choice.model = "m";
  other.choice.voice = "ab";
  EXPECT_NE(speech_key("x", one), speech_key("x", other));
}

TEST_F(CachedTtsTest, AnAgentThatDoesNotWantItIsNeitherServedFromItNorKept) {
  hear(request());
  auto wanted = request();
  wanted.cacheable = false;
  hear(wanted);
  EXPECT_EQ(voice_.asked, 2);
  wanted.text = "Your code is 4711.";
  hear(wanted);
  wanted.cacheable = true;
  hear(wanted);
  EXPECT_EQ(voice_.asked, 4);
  EXPECT_EQ(probe_.misses.value(), 2U);
}

TEST_F(CachedTtsTest, WhatWasInterruptedIsNotKept) {
  {
    testing::SpeechLog heard;
    const auto job = tts_->start(request(), heard);
    voice_.jobs.back()->speak(7);
  }
  EXPECT_TRUE(voice_.jobs.empty()) << "the vendor's job goes with ours";
  hear(request());
  EXPECT_EQ(voice_.asked, 2);
}

TEST_F(CachedTtsTest, WhatFailedIsToldAndNotKept) {
  testing::SpeechLog heard;
  const auto job = tts_->start(request(), heard);
  voice_.jobs.back()->speak(7);
  voice_.jobs.back()->listener.on_speech_failed({Fault::overloaded, "deepgram", "told to"});
  ASSERT_TRUE(heard.error);
  EXPECT_EQ(heard.error->fault, Fault::overloaded);
  hear(request());
  EXPECT_EQ(voice_.asked, 2);
}

TEST_F(CachedTtsTest, ASentenceWithoutAnySoundIsNotKept) {
  testing::SpeechLog heard;
  const auto job = tts_->start(request(), heard);
  voice_.jobs.back()->listener.on_speech_end();
  EXPECT_EQ(heard.ends, 1);
  hear(request());
  EXPECT_EQ(voice_.asked, 2);
}

TEST_F(CachedTtsTest, AnEndlessSentenceIsPassedOnButNotKept) {
  testing::SpeechLog heard;
  auto job = tts_->start(request(), heard);
  for (int i = 0; i < 9; ++i)
    voice_.jobs.back()->speak(7, 512UL * 1024);
  voice_.jobs.back()->listener.on_speech_end();
  EXPECT_EQ(heard.audio.size(), 9UL * 512 * 1024);
  job.reset();
  hear(request());
  EXPECT_EQ(voice_.asked, 2);
}

TEST_F(CachedTtsTest, TwoCallsAtOnceMayBothAskAndBothAreServed) {
  testing::SpeechLog one;
  testing::SpeechLog other;
  const auto first = tts_->start(request(), one);
  const auto second = tts_->start(request(), other);
  ASSERT_EQ(voice_.jobs.size(), 2U);
  voice_.jobs[0]->speak(1);
  voice_.jobs[1]->speak(2);
  voice_.jobs[0]->listener.on_speech_end();
  voice_.jobs[1]->listener.on_speech_end();
  EXPECT_EQ(one.audio, std::vector<std::int16_t>(800, 1));
  EXPECT_EQ(other.audio, std::vector<std::int16_t>(800, 2));
}

TEST_F(CachedTtsTest, ADestroyedJobHearsNothingFromMemoryOrDisk) {
  hear(request());
  testing::SpeechLog heard;
  tts_->start(request(), heard).reset();
  run();
  drain();
  restart();
  tts_->start(request(), heard).reset();
  drain();
  run();
  EXPECT_EQ(heard.pieces, 0);
  EXPECT_EQ(heard.ends, 0);
  EXPECT_EQ(voice_.asked, 1);
}

TEST_F(CachedTtsTest, AJobDestroyedByItsFirstSoundDoesNotEnd) {
  hear(request());
  testing::SpeechLog heard;
  std::unique_ptr<TtsJob> job;
  heard.on_piece = [&] { job.reset(); };
  job = tts_->start(request(), heard);
  run();
  EXPECT_EQ(heard.pieces, 1);
  EXPECT_EQ(heard.ends, 0);
}

TEST_F(CachedTtsTest, ADiskThatTakesTooLongIsNotWaitedForAndItsLateAnswerIsDropped) {
  hear(request());
  drain();
  restart();
  std::promise<void> go;
  ASSERT_TRUE(pool_.submit([&](const auto&) { go.get_future().wait(); }));
  testing::SpeechLog heard;
  const auto job = tts_->start(request(), heard);
  alarms_.advance(149ms);
  EXPECT_EQ(voice_.asked, 1);
  alarms_.advance(1ms);
  EXPECT_EQ(voice_.asked, 2);
  go.set_value();
  drain();
  run();
  EXPECT_EQ(heard.pieces, 0);
  voice_.jobs.back()->speak(9);
  voice_.jobs.back()->listener.on_speech_end();
  EXPECT_EQ(heard.audio, std::vector<std::int16_t>(800, 9));
  EXPECT_EQ(heard.ends, 1);
}

TEST_F(CachedTtsTest, ADamagedFileIsNoFailureTheVendorIsAsked) {
  hear(request());
  drain();
  restart();
  for (const auto& file : std::filesystem::directory_iterator(directory_.path()))
    std::filesystem::resize_file(file.path(), 40);
  hear(request());
  EXPECT_EQ(voice_.asked, 2);
  EXPECT_EQ(probe_.damaged.value(), 1U);
  drain();
  restart();
  hear(request());
  EXPECT_EQ(voice_.asked, 2);
}

TEST_F(CachedTtsTest, APoolThatIsGoneIsNoFailureTheVendorIsAsked) {
  hear(request());
  drain();
  restart();
  pool_.stop();
  testing::SpeechLog heard;
  const auto job = tts_->start(request(), heard);
  EXPECT_EQ(voice_.asked, 2);
}

TEST_F(CachedTtsTest, WarmingAndPreparingAreTheVendors) {
  tts_->warm(request());
  EXPECT_EQ(voice_.warmed, 1);
  EXPECT_EQ(tts_->prepare(nullptr, {}).error().message, "no key");
}

}  // namespace
}  // namespace parley::speech
