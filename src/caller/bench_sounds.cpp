#include "caller/bench_sounds.hpp"

#include <random>

#include "caller/agent_hearing.hpp"
#include "caller/base64.hpp"

namespace parley::caller {
namespace {

constexpr std::string_view kSentence = "I would like to book an appointment for tomorrow morning, please.";
constexpr int kSpeechMs = 2000;
constexpr int kFrameMs = 20;
constexpr int kNoisePieces = 50;
constexpr double kNoiseAmplitude = 15;

using Samples = std::vector<std::int16_t>;

// From the first loud frame to the last one within two seconds.
Samples trimmed(const Samples& sound, std::size_t frame) {
  const auto loud = [&](std::size_t index) {
    return is_voiced(std::span(sound).subspan(index * frame, frame));
  };
  const std::size_t frames = sound.size() / frame;
  std::size_t first = 0;
  while (first < frames && !loud(first))
    ++first;
  std::size_t end = std::min(frames, first + kSpeechMs / kFrameMs);
  while (end > first && !loud(end - 1))
    --end;
  return {sound.begin() + static_cast<std::ptrdiff_t>(first * frame),
          sound.begin() + static_cast<std::ptrdiff_t>(end * frame)};
}

std::vector<std::string> encoded(std::span<const std::int16_t> sound, std::size_t piece) {
  std::vector<std::string> pieces;
  for (; sound.size() >= piece; sound = sound.subspan(piece))
    append_base64(std::as_bytes(sound.first(piece)), pieces.emplace_back());
  return pieces;
}

}  // namespace

Result<BenchSounds> make_bench_sounds(const Voice& voice, int sample_rate_hz,
                                      std::chrono::milliseconds piece) {
  const auto sound = voice(std::string(kSentence), sample_rate_hz);
  if (!sound) return fail(sound.error());
  const auto frame = static_cast<std::size_t>(sample_rate_hz * kFrameMs / 1000);
  const std::size_t samples = frame * static_cast<std::size_t>(piece.count() / kFrameMs);

  std::mt19937 random(1);
  std::normal_distribution<double> noise(0, kNoiseAmplitude);
  Samples line(samples * kNoisePieces);
  for (std::int16_t& sample : line)
    sample = static_cast<std::int16_t>(noise(random));

  Samples speech = trimmed(*sound, frame);
  // What is left over in front is cut, so that the last piece ends with a voice.
  speech.erase(speech.begin(), speech.begin() + static_cast<std::ptrdiff_t>(speech.size() % samples));
  BenchSounds made{piece, sample_rate_hz, encoded(speech, samples), encoded(line, samples)};
  if (made.speech.empty()) return fail(Errc::internal, "the caller's voice made no speech");
  return made;
}

}  // namespace parley::caller
