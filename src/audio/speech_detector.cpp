#include "audio/speech_detector.hpp"

#include <bit>
#include <cassert>

namespace parley::audio {
namespace {

constexpr std::uint32_t kResumeMask = 0b111;
constexpr int kResumeFrames = 2;

}  // namespace

SpeechDetector::SpeechDetector(SpeechDetectorOptions options)
    : options_(options),
      window_mask_(static_cast<std::uint32_t>((std::uint64_t{1} << (options.start_frames + 1)) - 1)) {
  assert(options.start_frames >= 1 && options.start_frames <= 31 && options.bridge_frames >= 1);
}

SpeechDetector::Change SpeechDetector::on_frame(bool voiced) {
  position_ += options_.frame_samples;
  history_ = (history_ << 1) | static_cast<std::uint32_t>(voiced);
  switch (state_) {
    case State::silent:
      return on_silent_frame();
    case State::speaking:
      return on_speaking_frame(voiced);
    case State::paused:
      return on_paused_frame();
  }
  return Change::none;
}

void SpeechDetector::end_utterance() {
  state_ = State::silent;
  history_ = 0;
}

// The newest frame is always a voiced one here: a count can only rise with it.
SpeechDetector::Change SpeechDetector::on_silent_frame() {
  const std::uint32_t recent = history_ & window_mask_;
  if (std::popcount(recent) < options_.start_frames) return Change::none;
  state_ = State::speaking;
  unvoiced_run_ = 0;
  frames_of_speech_ = std::popcount(recent);
  // The highest set bit is the oldest voiced frame: as many frames back as its number.
  speech_start_ = position_ - static_cast<std::int64_t>(std::bit_width(recent)) * options_.frame_samples;
  last_voiced_end_ = position_;
  return Change::started;
}

SpeechDetector::Change SpeechDetector::on_speaking_frame(bool voiced) {
  if (voiced) {
    unvoiced_run_ = 0;
    ++frames_of_speech_;
    last_voiced_end_ = position_;
    return Change::none;
  }
  if (++unvoiced_run_ < options_.bridge_frames) return Change::none;
  state_ = State::paused;
  history_ = 0;
  return Change::paused;
}

SpeechDetector::Change SpeechDetector::on_paused_frame() {
  const int voiced = std::popcount(history_ & kResumeMask);
  if (voiced < kResumeFrames) return Change::none;
  state_ = State::speaking;
  unvoiced_run_ = 0;
  frames_of_speech_ = voiced;
  last_voiced_end_ = position_;
  return Change::resumed;
}

}  // namespace parley::audio
