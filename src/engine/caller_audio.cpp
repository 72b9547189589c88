#include "engine/caller_audio.hpp"

#include <algorithm>

#include "audio/audio.hpp"

namespace parley::engine {
namespace {

int start_frames(const agent::Agent& agent) {
  const auto ms = std::min(agent.turn_taking.min_speech, agent.turn_taking.interrupt_after).count();
  return std::clamp(static_cast<int>(ms) / audio::kFrameMs, 1, 31);
}

}  // namespace

CallerAudio::CallerAudio(const agent::Agent& agent, int sample_rate_hz, CallerAudioListener& listener)
    : frame_samples_(audio::samples_per_frame(sample_rate_hz)),
      listener_(listener),
      vad_(audio::make_vad(agent.vad, sample_rate_hz)),
      detector_({.frame_samples = static_cast<int>(frame_samples_), .start_frames = start_frames(agent)}),
      history_(kHistoryFrames * frame_samples_) {
  partial_.reserve(frame_samples_);
}

void CallerAudio::take(std::int64_t position, std::span<const std::int16_t> samples) {
  if (!partial_.empty()) {
    if (partial_position_ + static_cast<std::int64_t>(partial_.size()) != position) {
      partial_.clear();
    } else {
      const std::size_t missing = std::min(frame_samples_ - partial_.size(), samples.size());
      partial_.insert(partial_.end(), samples.begin(),
                      samples.begin() + static_cast<std::ptrdiff_t>(missing));
      samples = samples.subspan(missing);
      position += static_cast<std::int64_t>(missing);
      if (partial_.size() < frame_samples_) return;
      frame_position_ = partial_position_;
      take_frame(partial_);
      partial_.clear();
    }
  }
  while (samples.size() >= frame_samples_) {
    frame_position_ = position;
    take_frame(samples.first(frame_samples_));
    samples = samples.subspan(frame_samples_);
    position += static_cast<std::int64_t>(frame_samples_);
  }
  partial_.assign(samples.begin(), samples.end());
  partial_position_ = position;
}

void CallerAudio::take_frame(std::span<const std::int16_t> frame) {
  using Change = audio::SpeechDetector::Change;
  // The detector counts frames without gaps; the call's clock does not.
  const std::int64_t offset = frame_position_ - detector_.position();
  const Change change = detector_.on_frame(vad_->is_speech(frame));
  if (change == Change::started) {
    listener_.on_speech_change(change, detector_.speech_start() + offset);
  } else if (change == Change::paused) {
    listener_.on_speech_change(change, detector_.last_voiced_end() + offset);
  } else if (change == Change::resumed) {
    listener_.on_speech_change(change, frame_position_);
  }
  listener_.on_caller_frame(frame, frame_position_ + static_cast<std::int64_t>(frame_samples_));
  std::copy(frame.begin(), frame.end(),
            history_.begin() + static_cast<std::ptrdiff_t>(history_next_ * frame_samples_));
  history_next_ = (history_next_ + 1) % kHistoryFrames;
  history_size_ = std::min(history_size_ + 1, kHistoryFrames);
}

}  // namespace parley::engine
