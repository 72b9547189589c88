// The local voices with real sound.
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "speech/espeak_tts.hpp"
#include "speech/flite_tts.hpp"
#include "speech/local_tts.hpp"
#include "speech/tests/listeners.hpp"

namespace parley::speech {
namespace {

using testing::SpeechLog;

class Voices : public ::testing::Test {
 protected:
  SpeechLog speak(TextToSpeech& voice, TtsRequest request) {
    SpeechLog log;
    const auto job = voice.start(std::move(request), log);
    EXPECT_TRUE(testing::run_until(context, [&] { return log.over(); }));
    return log;
  }

  boost::asio::io_context context;
  metrics::Registry registry;
  async::BlockingPool pool{{.name = "voices", .threads = 2}};
  FliteTts flite{pool, registry};
  EspeakTts espeak{pool, registry, {}};
  LocalTts local{flite, espeak};
};

double leading_silence_ms(const std::vector<std::int16_t>& audio, int rate) {
  const auto loud = std::ranges::find_if(audio, [](std::int16_t sample) { return std::abs(sample) >= 120; });
  return 1000.0 * static_cast<double>(loud - audio.begin()) / rate;
}

TEST_F(Voices, FliteSpeaksAtEveryRateWithTheSameLengthALevelAndNoLeadingSilence) {
  double seconds = 0;
  for (const int rate : {8000, 16000, 24000}) {
    const auto log = speak(flite, testing::say(context, "Hello, how may I help you today?", "en-IN", rate));
    ASSERT_FALSE(log.error) << log.error->detail;
    const double length = static_cast<double>(log.audio.size()) / rate;
    EXPECT_GT(length, 1.2);
    EXPECT_LT(length, 3.5);
    if (seconds > 0) EXPECT_NEAR(length, seconds, 0.02);
    seconds = length;
    EXPECT_GT(log.pieces, 5);
    EXPECT_GT(testing::rms(log.audio), 500);
    EXPECT_LT(testing::rms(log.audio), 9000);
    EXPECT_LE(leading_silence_ms(log.audio, rate), 30);
  }
}

TEST_F(Voices, ASentenceWithoutAnythingToSayEndsWithoutAFailure) {
  const auto log = speak(flite, testing::say(context, "… "));
  EXPECT_EQ(log.ends, 1);
  EXPECT_FALSE(log.error);
}

TEST_F(Voices, FliteRefusesAScriptItWouldSkipInsteadOfBeingSilent) {
  const auto log = speak(flite, testing::say(context, "नमस्ते"));
  ASSERT_TRUE(log.error);
  EXPECT_NE(log.error->detail.find("U+0928"), std::string::npos);
  EXPECT_TRUE(log.audio.empty());
}

TEST(FliteText, TurnsTypographyIntoWhatFliteReads) {
  EXPECT_EQ(flite_text("It’s “fine” – café ₹5…").value(), "It's \"fine\" ,  cafe  rupees 5...");
}

TEST_F(Voices, StopsSoonWhenTheJobIsDestroyedAndCallsNobodyAfterwards) {
  async::BlockingPool one({.name = "one", .threads = 1});
  FliteTts voice(one, registry);
  SpeechLog log;
  std::string text;
  for (int i = 0; i < 60; ++i)
    text += "this sentence goes on and on ";
  auto job = voice.start(testing::say(context, text), log);
  log.on_piece = [&] { job.reset(); };
  ASSERT_TRUE(testing::run_until(context, [&] { return log.pieces == 1; }));
  // A second sentence on the same single worker can only be spoken once the first has stopped.
  const auto next = speak(voice, testing::say(context, "yes"));
  EXPECT_EQ(next.ends, 1);
  EXPECT_EQ(log.pieces, 1);
  EXPECT_EQ(log.ends, 0);
  EXPECT_FALSE(log.error);
}

TEST_F(Voices, AFullPoolIsAFailureOfTheSentence) {
  async::BlockingPool full({.name = "full", .threads = 1, .queue_limit = 0});
  FliteTts voice(full, registry);
  const auto log = speak(voice, testing::say(context, "yes"));
  ASSERT_TRUE(log.error);
  EXPECT_EQ(log.error->fault, vendor::Fault::overloaded);
}

TEST_F(Voices, HindiIsSpokenByEspeakWithAPlausibleLengthAndLevel) {
  const auto log = speak(local, testing::say(context, "नमस्ते, मैं आपकी क्या सहायता कर सकती हूँ?", "hi-IN"));
  ASSERT_FALSE(log.error) << log.error->detail;
  const double seconds = static_cast<double>(log.audio.size()) / 8000;
  EXPECT_GT(seconds, 1.5);
  EXPECT_LT(seconds, 6);
  EXPECT_GT(testing::rms(log.audio), 500);
  EXPECT_LT(testing::rms(log.audio), 12000);
  EXPECT_LE(leading_silence_ms(log.audio, 8000), 30);
}

TEST_F(Voices, EveryIndianLanguageOfTheProgramPassesPrepare) {
  for (const auto* language : {"hi-IN", "ta-IN", "te-IN", "bn-IN", "mr-IN", "kn-IN", "gu-IN", "ml-IN",
                               "pa-IN", "ur-IN", "or-IN", "as-IN", "ne-NP", "en-IN"}) {
    auto agent = std::make_shared<agent::Agent>();
    agent->name = "polyglot";
    agent->language = language;
    const auto ready = espeak.prepare(agent, agent->tts);
    EXPECT_TRUE(ready) << language << ": " << describe(ready.error());
  }
}

TEST_F(Voices, PrepareNamesTheFixForAMissingProgramAndForAnUnknownVoice) {
  auto agent = std::make_shared<agent::Agent>();
  agent->name = "lost";
  agent->language = "xx-YY";
  const auto unknown = espeak.prepare(agent, agent->tts);
  ASSERT_FALSE(unknown);
  EXPECT_NE(unknown.error().message.find("'xx'"), std::string::npos);

  EspeakTts missing(pool, registry, {.program = "no-such-espeak"});
  const auto absent = missing.prepare(agent, agent->tts);
  ASSERT_FALSE(absent);
  EXPECT_NE(absent.error().message.find("apt-get install espeak-ng"), std::string::npos);

  agent->tts.voice = "--path=/etc";
  EXPECT_EQ(espeak.prepare(agent, agent->tts).error().code, Errc::invalid_argument);
}

// A program that never writes and never ends.
class StuckProgram : public Voices {
 protected:
  StuckProgram() {
    std::ofstream(path) << "#!/bin/sh\nexec sleep 1000\n";
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
  }
  ~StuckProgram() override { std::filesystem::remove(path); }

  static bool no_child_left() { return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD; }

  std::filesystem::path path = std::filesystem::path(::testing::TempDir()) / "speech_stuck_program";
};

TEST_F(StuckProgram, IsKilledAtItsDeadlineAndReaped) {
  EspeakTts voice(pool, registry, {.program = path.string(), .deadline = std::chrono::milliseconds(60)});
  const auto log = speak(voice, testing::say(context, "नमस्ते", "hi"));
  ASSERT_TRUE(log.error);
  EXPECT_EQ(log.error->fault, vendor::Fault::timeout);
  pool.stop();
  EXPECT_TRUE(no_child_left());
}

TEST_F(StuckProgram, IsKilledWhenTheJobIsDestroyed) {
  SpeechLog log;
  EspeakTts voice(pool, registry, {.program = path.string(), .deadline = std::chrono::hours(1)});
  voice.start(testing::say(context, "नमस्ते", "hi"), log).reset();
  pool.stop();  // joins the worker that would otherwise wait an hour
  EXPECT_TRUE(no_child_left());
  context.run();
  EXPECT_FALSE(log.over());
}

TEST(EspeakVoice, FollowsTheLanguageTag) {
  EXPECT_EQ(espeak_voice("hi-IN"), "hi");
  EXPECT_EQ(espeak_voice("TA"), "ta");
  EXPECT_EQ(espeak_voice("en-IN"), "en-us");
  EXPECT_EQ(espeak_voice("or_IN"), "or");
}

TEST(SilenceTrimmer, KeepsTwentyMillisecondsBeforeAHundredAfterAndEveryPauseInside) {
  std::vector<std::int16_t> in(1000, 3);
  in.insert(in.end(), 80, 1000);
  in.insert(in.end(), 3000, -2);  // a pause inside
  in.insert(in.end(), 80, -1000);
  in.insert(in.end(), 4000, 0);
  for (const std::size_t step : {1u, 160u, 777u, 100000u}) {
    SilenceTrimmer trimmer(8000);
    std::vector<std::int16_t> out;
    for (std::size_t at = 0; at < in.size(); at += step) {
      trimmer.process(std::span(in).subspan(at, std::min(step, in.size() - at)), out);
    }
    trimmer.finish(out);
    ASSERT_EQ(out.size(), 160u + 80 + 3000 + 80 + 800) << step;
    EXPECT_TRUE(std::equal(out.begin(), out.end(), in.begin() + 840)) << step;
  }
}

}  // namespace
}  // namespace parley::speech
