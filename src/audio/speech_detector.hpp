// Turns one voiced/unvoiced decision a 20 ms frame into what a conversation is made of: speech began, it
// paused, it went on. Single wrong frames neither start nor break speech. Positions are samples of the
// caller's audio since the stream began. Pure arithmetic, no allocation. One thread, one detector per call.
#pragma once

#include <cstdint>

namespace parley::audio {

struct SpeechDetectorOptions {
  int frame_samples = 160;
  int start_frames = 5;   // voiced frames, among the last start_frames + 1, that begin speech; 1 … 31
  int bridge_frames = 3;  // unvoiced frames in a row that make a pause; fewer are bridged
};

class SpeechDetector {
 public:
  enum class Change {
    none,
    started,  // silence ended: speech_start() says where
    paused,   // last_voiced_end() says since when
    resumed,  // 2 of the last 3 frames are voiced: the pause was one within the utterance
  };

  explicit SpeechDetector(SpeechDetectorOptions options);

  // The decision on the next frame.
  Change on_frame(bool voiced);
  // The turn is over (endpointing has decided so): what comes next is a new utterance. Positions go on.
  void end_utterance();

  // An utterance has started and has not been ended: it goes on or pauses.
  bool in_utterance() const { return state_ != State::silent; }
  // Speech at this moment, bridged frames included.
  bool speaking() const { return state_ == State::speaking; }

  // Where the next frame begins.
  std::int64_t position() const { return position_; }
  // The first voiced frame of the utterance begins here; meaningful after `started`.
  std::int64_t speech_start() const { return speech_start_; }
  // The last voiced frame that belongs to the utterance ends here; meaningful after `started`. A lone voiced
  // frame in a pause does not belong to it.
  std::int64_t last_voiced_end() const { return last_voiced_end_; }
  // Voiced frames since speech started or resumed, for thresholds longer than start_frames. 0 in a pause or
  // silence.
  int frames_of_speech() const { return speaking() ? frames_of_speech_ : 0; }

 private:
  enum class State { silent, speaking, paused };

  Change on_silent_frame();
  Change on_speaking_frame(bool voiced);
  Change on_paused_frame();

  SpeechDetectorOptions options_;
  std::uint32_t window_mask_;
  State state_ = State::silent;
  std::uint32_t history_ = 0;  // the newest decision is bit 0; empties at a change of state
  std::int64_t position_ = 0;
  std::int64_t speech_start_ = 0;
  std::int64_t last_voiced_end_ = 0;
  int unvoiced_run_ = 0;
  int frames_of_speech_ = 0;
};

}  // namespace parley::audio
