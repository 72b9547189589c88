// The two times that make a voice agent feel quick or slow, as the caller hears them: how long it takes to
// answer, and how long it goes on talking when interrupted.
//
// Pure. Times are since the stream began. Per 20 ms frame: on_frame once; messages of the server as they
// come. One thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace parley::caller {

struct TurnFigures {
  using milliseconds = std::chrono::milliseconds;

  std::string said;                             // what the caller said, or the file's name
  milliseconds begin{0};                        // the caller's first voiced frame leaves
  milliseconds end{0};                          // the caller's last voiced frame leaves
  bool interrupted = false;                     // the agent was speaking when the caller began
  std::optional<milliseconds> response;         // end of own speech to the first agent speech heard
  std::optional<milliseconds> first_media;      // end of own speech to the first media message that arrived
  std::optional<milliseconds> time_to_silence;  // begin of own speech to the agent's silence
  std::optional<milliseconds> time_to_clear;    // begin of own speech to `clear`
};

class TurnMeter {
 public:
  using milliseconds = std::chrono::milliseconds;

  // The caller is about to say something: a turn begins with the next voiced frame.
  void begin(std::string said);
  void on_frame(bool own_voiced, bool agent_voiced);
  void on_media(milliseconds at);
  void on_clear(milliseconds at);

  // Turns in which the caller was heard; the last may still be under way.
  const std::vector<TurnFigures>& turns() const { return turns_; }

 private:
  void own_frame(milliseconds now);
  void agent_frame(milliseconds now);

  milliseconds now_{0};
  std::optional<std::string> pending_;
  std::vector<TurnFigures> turns_;
  milliseconds agent_last_voiced_end_{-1'000'000};
  bool own_speaking_ = false;  // in this frame
  bool waiting_for_silence_ = false;
};

}  // namespace parley::caller
