// What the caller makes of the sound in the ear: when the agent speaks, and when it has fallen silent. Energy
// in 20 ms frames of what is *heard* decides, so that pacing, holes and `clear` count as they do for a human.
//
// Pure: one call of on_frame for each 20 ms frame is the clock. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <span>

namespace parley::caller {

// True when the frame is loud enough to be speech and not the line.
bool is_voiced(std::span<const std::int16_t> frame);

class AgentHearing {
 public:
  using milliseconds = std::chrono::milliseconds;

  struct Utterance {
    std::int64_t number = 0;  // from 1
    milliseconds begin{0};    // of its first voiced frame
    milliseconds end{0};      // of its last voiced frame
    bool finished = false;
  };

  // `silence` after which an utterance is over: longer than the pauses within speech.
  explicit AgentHearing(milliseconds silence) : silence_(silence) {}

  void on_frame(bool voiced);

  // The caller has begun to speak over the agent: what comes after a short pause is an answer, not a
  // continuation.
  void note_interruption() { interrupted_ = true; }

  // The connection is gone: what was being said is over.
  void finish();

  bool speaking() const { return current_.number > 0 && !current_.finished; }
  // The latest utterance, finished or not; number 0: none yet.
  const Utterance& latest() const { return current_; }
  milliseconds now() const { return now_; }

 private:
  const milliseconds silence_;
  milliseconds now_{0};
  Utterance current_;
  bool interrupted_ = false;
};

}  // namespace parley::caller
