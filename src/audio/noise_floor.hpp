// How loud the line is when nobody speaks, by minimum statistics: speech dips between its sounds, noise does
// not, so the smallest smoothed level of the last two seconds is the noise. Pure arithmetic, no allocation.
// One thread.
#pragma once

#include <array>
#include <cstdint>

namespace parley::audio {

class NoiseFloor {
 public:
  // One 20 ms frame's mean square.
  void on_frame(std::int64_t mean_square);

  // Root-mean-square level; 0 until a second has been heard.
  int level() const { return level_; }

 private:
  static constexpr int kWindowFrames = 25;
  static constexpr std::size_t kWindows = 4;

  std::int64_t smoothed_ = 0;
  std::int64_t window_minimum_ = INT64_MAX;
  int frames_in_window_ = 0;
  std::size_t windows_filled_ = 0;
  std::size_t next_window_ = 0;
  std::array<std::int64_t, kWindows> minima_{};
  int level_ = 0;
};

// Whether the noise asks for a suppressor. Two levels and two delays, so that it does not flicker.
class NoiseGate {
 public:
  bool on_frame(int floor_level);
  bool open() const { return open_; }

 private:
  static constexpr int kOpenLevel = 100;  // about -50 dBFS
  static constexpr int kCloseLevel = 60;
  static constexpr int kOpenFrames = 25;    // 0.5 s
  static constexpr int kCloseFrames = 100;  // 2 s

  bool open_ = false;
  int frames_ = 0;  // in a row that ask for the other state
};

}  // namespace parley::audio
