#include "audio/vad.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "audio/audio.hpp"
#include "audio/noise_floor.hpp"
#include "audio/resampler.hpp"
#include "audio/speech_detector.hpp"
#include "audio/tests/tone.hpp"
#include "audio/wav.hpp"
#include "audio/webrtc_vad.hpp"

namespace parley::audio {
namespace {

// Two sentences of a synthetic voice, and where they lie by their envelope.
constexpr double kFirstStart = 800;
constexpr double kFirstEnd = 3320;
constexpr double kSecondStart = 4560;
std::vector<std::int16_t> two_sentences(int rate_hz = 8000) {
  auto audio = read_wav(PARLEY_SOURCE_DIR "/src/audio/tests/data/two_sentences_8k_mulaw.wav");
  EXPECT_TRUE(audio) << (audio ? "" : audio.error().message);
  if (!audio) return {};
  std::vector<std::int16_t> out;
  Resampler resampler(8000, rate_hz);
  resampler.process(audio->samples, out);
  resampler.flush(out);
  return out;
}

std::vector<std::int16_t> scaled(std::vector<std::int16_t> samples, double gain) {
  for (auto& sample : samples)
    sample = static_cast<std::int16_t>(std::lround(sample * gain));
  return samples;
}

std::vector<std::int16_t> mixed(std::vector<std::int16_t> a, std::span<const std::int16_t> b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] = static_cast<std::int16_t>(std::clamp(a[i] + b[i % b.size()], -32768, 32767));
  }
  return a;
}

std::vector<std::int16_t> joined(std::vector<std::int16_t> a, std::span<const std::int16_t> b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::vector<bool> decisions(VoiceActivityDetector& vad, std::span<const std::int16_t> audio, int rate_hz) {
  std::vector<bool> out;
  const std::size_t frame = samples_per_frame(rate_hz);
  for (std::size_t at = 0; at + frame <= audio.size(); at += frame) {
    out.push_back(vad.is_speech(audio.subspan(at, frame)));
  }
  return out;
}

double voiced_share(const std::vector<bool>& frames, std::size_t from = 0) {
  const auto voiced = std::count(frames.begin() + static_cast<std::ptrdiff_t>(from), frames.end(), true);
  return static_cast<double>(voiced) / static_cast<double>(frames.size() - from);
}

// Utterances as a conversation sees them: ended by 600 ms without speech.
struct Utterance {
  std::int64_t start_ms;
  std::int64_t end_ms;
};
std::vector<Utterance> utterances(const std::vector<bool>& frames) {
  SpeechDetector detector({.frame_samples = 20});  // a sample a millisecond
  std::vector<Utterance> out;
  for (const bool voiced : frames) {
    detector.on_frame(voiced);
    if (!detector.in_utterance() || detector.position() - detector.last_voiced_end() < 600) continue;
    out.push_back({detector.speech_start(), detector.last_voiced_end()});
    detector.end_utterance();
  }
  return out;
}

class WebrtcVadRates : public ::testing::TestWithParam<int> {};

TEST_P(WebrtcVadRates, SilenceIsNotSpeech) {
  const auto vad = make_vad({}, GetParam());
  const std::vector<std::int16_t> silence(static_cast<std::size_t>(GetParam()) * 3);
  EXPECT_EQ(voiced_share(decisions(*vad, silence, GetParam())), 0.0);
}

TEST_P(WebrtcVadRates, FindsBothSentencesAndTheirEnds) {
  const auto vad = make_vad({}, GetParam());
  const auto found = utterances(decisions(*vad, two_sentences(GetParam()), GetParam()));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(static_cast<double>(found[0].start_ms), kFirstStart, 60);
  EXPECT_NEAR(static_cast<double>(found[0].end_ms), kFirstEnd, 150);
  EXPECT_NEAR(static_cast<double>(found[1].start_ms), kSecondStart, 60);
}

TEST_P(WebrtcVadRates, HearsAQuietCaller) {
  const auto vad = make_vad({}, GetParam());
  const auto found = utterances(decisions(*vad, scaled(two_sentences(GetParam()), 0.16), GetParam()));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_NEAR(static_cast<double>(found[0].start_ms), kFirstStart, 80);
}

INSTANTIATE_TEST_SUITE_P(Rates, WebrtcVadRates, ::testing::Values(8000, 16000, 24000, 48000));

TEST(WebrtcVad, ACleanLineNeverPaysForTheSuppressor) {
  WebrtcVad vad(8000);
  const auto sentences = two_sentences();
  for (int i = 0; i < 4; ++i) {
    decisions(vad, sentences, 8000);
    EXPECT_FALSE(vad.suppressing());
  }
}

TEST(WebrtcVad, LoudSteadyNoiseEngagesTheSuppressorAndIsNotSpeech) {
  WebrtcVad vad(8000);
  const auto frames = decisions(vad, white_noise(2000, 8000 * 8), 8000);
  EXPECT_TRUE(vad.suppressing());
  EXPECT_LT(voiced_share(frames, 150), 0.05);
}

TEST(WebrtcVad, SpeechInNoiseIsStillHeardAndStillEnds) {
  WebrtcVad vad(8000);
  const auto lead_in = white_noise(400, 8000 * 4, 2);
  const auto speech = mixed(two_sentences(), white_noise(400, 8000 * 8, 3));
  const auto frames = decisions(vad, joined(lead_in, speech), 8000);
  EXPECT_TRUE(vad.suppressing());
  const auto found = utterances(std::vector<bool>(frames.begin() + 200, frames.end()));
  ASSERT_GE(found.size(), 2U);
  EXPECT_NEAR(static_cast<double>(found[0].start_ms), kFirstStart, 120);
  EXPECT_NEAR(static_cast<double>(found.back().start_ms), kSecondStart, 120);
}

TEST(WebrtcVad, TheSuppressorRestsAgainWhenTheLineIsQuiet) {
  WebrtcVad vad(8000);
  decisions(vad, white_noise(600, 8000 * 5), 8000);
  ASSERT_TRUE(vad.suppressing());
  decisions(vad, std::vector<std::int16_t>(8000 * 6), 8000);
  EXPECT_FALSE(vad.suppressing());
}

TEST(EnergyVad, IsTheThresholdOnTheRootMeanSquare) {
  const auto vad = make_vad({.kind = agent::VadKind::energy, .energy_threshold = 500}, 8000);
  EXPECT_FALSE(vad->is_speech(std::vector<std::int16_t>(160, 500)));
  EXPECT_TRUE(vad->is_speech(std::vector<std::int16_t>(160, 501)));
  EXPECT_TRUE(vad->is_speech(std::vector<std::int16_t>(160, -501)));
  EXPECT_TRUE(vad->is_speech(std::vector<std::int16_t>(160, -32768)));
}

TEST(NoiseFloor, IsTheLevelOfSteadyNoiseAfterASecond) {
  NoiseFloor floor;
  for (int i = 0; i < 49; ++i)
    floor.on_frame(200 * 200);
  EXPECT_EQ(floor.level(), 0);
  for (int i = 0; i < 100; ++i)
    floor.on_frame(200 * 200);
  EXPECT_NEAR(floor.level(), 200, 5);
}

TEST(NoiseFloor, LoudSpeechWithPausesDoesNotRaiseIt) {
  NoiseFloor floor;
  int highest = 0;
  for (int i = 0; i < 1000; ++i) {
    floor.on_frame(i % 40 < 34 ? 3000 * 3000 : 10 * 10);
    highest = std::max(highest, floor.level());
  }
  EXPECT_LT(highest, 600);
}

TEST(NoiseGate, OpensAfterHalfASecondAndClosesAfterTwo) {
  NoiseGate gate;
  for (int i = 0; i < 24; ++i)
    EXPECT_FALSE(gate.on_frame(100));
  EXPECT_TRUE(gate.on_frame(100));
  for (int i = 0; i < 500; ++i)
    EXPECT_TRUE(gate.on_frame(70));
  for (int i = 0; i < 99; ++i)
    EXPECT_TRUE(gate.on_frame(59));
  EXPECT_FALSE(gate.on_frame(59));
}

TEST(NoiseGate, AMomentOfNoiseDoesNotOpenIt) {
  NoiseGate gate;
  for (int round = 0; round < 10; ++round) {
    for (int i = 0; i < 24; ++i)
      EXPECT_FALSE(gate.on_frame(5000));
    EXPECT_FALSE(gate.on_frame(99));
  }
}

TEST(Decimator, KeepsAVoiceBandToneAndDropsWhatWouldFold) {
  ThirdDecimator decimator;
  const auto level = [&](double hz) {
    const auto in = tone(hz, 24000, 10000, 24000);
    std::vector<std::int16_t> out;
    for (std::size_t at = 0; at < in.size(); at += 480) {
      const auto frame = decimator.process(std::span(in).subspan(at, 480));
      out.insert(out.end(), frame.begin(), frame.end());
    }
    return rms(std::span(out).subspan(160));
  };
  EXPECT_NEAR(level(1000), 7071, 150);
  EXPECT_LT(level(7000), 80);
}

}  // namespace
}  // namespace parley::audio
