// The caller's side of the sound: cuts what arrives into 20 ms frames, asks the voice detector about each,
// and keeps the last moments so that the beginning of an utterance is not lost while it was being decided. No
// allocation per frame. Thread: the call's shard.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "agent/agent.hpp"
#include "audio/speech_detector.hpp"
#include "audio/vad.hpp"

namespace parley::engine {

class CallerAudioListener {
 public:
  virtual ~CallerAudioListener() = default;
  // Positions on the call's sample clock. Change first, then the frame that caused it.
  virtual void on_speech_change(audio::SpeechDetector::Change change, std::int64_t position) = 0;
  virtual void on_caller_frame(std::span<const std::int16_t> frame, std::int64_t end_position) = 0;
};

class CallerAudio {
 public:
  CallerAudio(const agent::Agent& agent, int sample_rate_hz, CallerAudioListener& listener);

  // `position` of the first sample. A jump of the position is a gap: an unfinished frame before it is
  // dropped.
  void take(std::int64_t position, std::span<const std::int16_t> samples);

  // The turn is over; what comes next is a new utterance.
  void end_utterance() { detector_.end_utterance(); }

  // Calls `write` with the frames from a little before `since` up to, not including, the frame being handled
  // now.
  template <class Write>
  void replay(std::int64_t since, const Write& write) const;

 private:
  void take_frame(std::span<const std::int16_t> frame);

  static constexpr std::size_t kHistoryFrames = 20;
  // Consonants before the first voiced frame are part of the word.
  static constexpr std::size_t kRunUpFrames = 5;

  std::size_t frame_samples_;
  CallerAudioListener& listener_;
  std::unique_ptr<audio::VoiceActivityDetector> vad_;
  audio::SpeechDetector detector_;
  std::vector<std::int16_t> partial_;
  std::int64_t partial_position_ = 0;
  std::int64_t frame_position_ = 0;    // of the frame being handled
  std::vector<std::int16_t> history_;  // ring of the last frames
  std::size_t history_next_ = 0;
  std::size_t history_size_ = 0;
};

template <class Write>
void CallerAudio::replay(std::int64_t since, const Write& write) const {
  const auto back =
      static_cast<std::size_t>(std::max<std::int64_t>(0, frame_position_ - since)) / frame_samples_;
  const std::size_t frames = std::min(history_size_, back + kRunUpFrames);
  for (std::size_t i = frames; i > 0; --i) {
    const std::size_t slot = (history_next_ + kHistoryFrames - i) % kHistoryFrames;
    write(std::span(history_).subspan(slot * frame_samples_, frame_samples_));
  }
}

}  // namespace parley::engine
