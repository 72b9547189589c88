#include "speech/stream_transcriber.hpp"

#include <algorithm>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "audio/wav.hpp"
#include "base/metrics.hpp"
#include "speech/flite_tts.hpp"
#include "speech/sphinx_stt.hpp"
#include "speech/tests/listeners.hpp"

namespace parley::speech {
namespace {

using testing::SpeechLog;
using Outcome = std::expected<FileTranscript, vendor::VendorError>;

// Says nothing, ever; or fails as soon as it is asked.
class Mute final : public SpeechToText {
 public:
  explicit Mute(bool fails) : fails_(fails) {}
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  Result<std::unique_ptr<SttStream>> open(SttRequest, SttListener& listener) override {
    class Stream final : public SttStream {
     public:
      Stream(bool fails, SttListener& listener) : fails_(fails), listener_(listener) {}
      void start_utterance(std::uint64_t) override {}
      void write(std::span<const std::int16_t>) override {}
      void finish_utterance() override {
        if (fails_) listener_.on_stt_failed({vendor::Fault::overloaded, "mute", "no room"});
      }
      void cancel_utterance() override {}

     private:
      bool fails_;
      SttListener& listener_;
    };
    return std::make_unique<Stream>(fails_, listener);
  }

 private:
  bool fails_;
};

class StreamTranscriberTest : public ::testing::Test {
 protected:
  StreamTranscriberTest() {
    agent::Rule rule;
    rule.patterns = {"yes [please]", "* book * appointment *", "* cancel * appointment"};
    agent->script.stages["start"].rules.push_back(rule);
  }

  std::vector<std::int16_t> spoken(const std::string& text) {
    FliteTts voice(pool, registry);
    SpeechLog log;
    const auto job = voice.start(testing::say(context, text), log);
    EXPECT_TRUE(testing::run_until(context, [&] { return log.over(); }));
    return log.audio;
  }

  // Both sides of a call at 8 kHz; `at` in samples.
  static void put(std::vector<std::int16_t>& stereo, int channel, std::size_t at,
                  const std::vector<std::int16_t>& sound) {
    if (stereo.size() < 2 * (at + sound.size())) stereo.resize(2 * (at + sound.size()), 0);
    for (std::size_t i = 0; i < sound.size(); ++i)
      stereo[2 * (at + i) + static_cast<std::size_t>(channel)] = sound[i];
  }

  Outcome transcribe(SpeechToText& recogniser, const std::vector<std::int16_t>& samples, int channels,
                     StreamTranscription options = {}) {
    std::string wav = audio::wav_header(8000, channels, static_cast<std::uint32_t>(samples.size() * 2));
    wav.append(reinterpret_cast<const char*>(samples.data()), samples.size() * 2);
    std::optional<Outcome> outcome;
    boost::asio::co_spawn(context.get_executor(),
                          transcribe_by_stream(recogniser, agent,
                                               {.executor = context.get_executor(),
                                                .wav = std::move(wav),
                                                .choice = {"local", "", "", {}, {}},
                                                .language = "en-IN",
                                                .log = log::Logger("speech"),
                                                .observer = vendor::ignore_usage()},
                                               options),
                          [&](const std::exception_ptr& failure, Outcome result) {
                            EXPECT_FALSE(failure);
                            outcome.emplace(std::move(result));
                          });
    EXPECT_TRUE(testing::run_until(context, [&] { return outcome.has_value(); }));
    return std::move(*outcome);
  }

  boost::asio::io_context context;
  metrics::Registry registry;
  async::BlockingPool pool{{.name = "speech", .threads = 1, .queue_limit = 64}};
  std::shared_ptr<agent::Agent> agent = std::make_shared<agent::Agent>();
  SphinxStt ears{pool, registry, {}};
};

TEST_F(StreamTranscriberTest, BothSidesAreWrittenDownUtteranceByUtterance) {
  std::vector<std::int16_t> stereo;
  put(stereo, 0, 8000, spoken("i want to book an appointment"));
  put(stereo, 1, 5 * 8000, spoken("yes please"));
  put(stereo, 0, 8 * 8000, spoken("please cancel my appointment"));
  stereo.resize(stereo.size() + 16'000, 0);
  ASSERT_TRUE(ears.prepare(agent, {}));
  const auto transcript = transcribe(ears, stereo, 2);
  ASSERT_TRUE(transcript) << transcript.error().detail;
  ASSERT_EQ(transcript->segments.size(), 3U);
  EXPECT_EQ(transcript->segments[0].channel, 0);
  EXPECT_NE(transcript->segments[0].text.find("appointment"), std::string::npos);
  EXPECT_NEAR(transcript->segments[0].start_s, 1.0, 0.4);
  EXPECT_EQ(transcript->segments[1].channel, 1);
  EXPECT_NE(transcript->segments[1].text.find("yes"), std::string::npos);
  EXPECT_NEAR(transcript->segments[1].start_s, 5.0, 0.4);
  EXPECT_NE(transcript->segments[2].text.find("cancel"), std::string::npos);
  EXPECT_EQ(transcript->language, "en-IN");
}

TEST_F(StreamTranscriberTest, SilenceIsNoFailure) {
  ASSERT_TRUE(ears.prepare(agent, {}));
  const auto transcript = transcribe(ears, std::vector<std::int16_t>(24'000, 0), 1);
  ASSERT_TRUE(transcript);
  EXPECT_TRUE(transcript->segments.empty());
}

TEST_F(StreamTranscriberTest, ARecogniserThatSaysNothingIsNotWaitedForForever) {
  Mute mute(false);
  const auto sound = spoken("yes please");
  const auto transcript = transcribe(mute, sound, 1, {.patience = std::chrono::milliseconds(1)});
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().fault, vendor::Fault::timeout);
}

TEST_F(StreamTranscriberTest, ItsFailureIsTheAnswer) {
  Mute broken(true);
  const auto transcript = transcribe(broken, spoken("yes please"), 1);
  ASSERT_FALSE(transcript);
  EXPECT_EQ(transcript.error().fault, vendor::Fault::overloaded);
}

}  // namespace
}  // namespace parley::speech
