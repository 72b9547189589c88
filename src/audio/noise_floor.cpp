#include "audio/noise_floor.hpp"

#include <algorithm>
#include <cmath>

namespace parley::audio {

void NoiseFloor::on_frame(std::int64_t mean_square) {
  // Quick downward, so that a short pause between words counts; slow upward over about 80 ms.
  smoothed_ =
      mean_square < smoothed_ ? (smoothed_ + mean_square) / 2 : smoothed_ + (mean_square - smoothed_) / 4;
  window_minimum_ = std::min(window_minimum_, smoothed_);
  if (++frames_in_window_ < kWindowFrames) return;

  minima_[next_window_] = window_minimum_;
  next_window_ = (next_window_ + 1) % kWindows;
  windows_filled_ = std::min(windows_filled_ + 1, kWindows);
  window_minimum_ = INT64_MAX;
  frames_in_window_ = 0;
  if (windows_filled_ < 2) return;
  const auto filled = minima_.begin() + static_cast<std::ptrdiff_t>(windows_filled_);
  level_ = static_cast<int>(std::sqrt(static_cast<double>(*std::min_element(minima_.begin(), filled))));
}

bool NoiseGate::on_frame(int floor_level) {
  const bool asks_for_change = open_ ? floor_level < kCloseLevel : floor_level >= kOpenLevel;
  frames_ = asks_for_change ? frames_ + 1 : 0;
  if (frames_ >= (open_ ? kCloseFrames : kOpenFrames)) {
    open_ = !open_;
    frames_ = 0;
  }
  return open_;
}

}  // namespace parley::audio
