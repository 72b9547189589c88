// Constants of the audio path. Audio is mono int16, time is counted in samples.
#pragma once

#include <cstddef>
#include <cstdint>

namespace parley::audio {

inline constexpr int kFrameMs = 20;

constexpr std::size_t samples_per_frame(int sample_rate_hz) {
  return static_cast<std::size_t>(sample_rate_hz) * kFrameMs / 1000;
}
constexpr std::int64_t samples_to_ms(std::int64_t samples, int sample_rate_hz) {
  return samples * 1000 / sample_rate_hz;
}
constexpr std::int64_t ms_to_samples(std::int64_t ms, int sample_rate_hz) {
  return ms * sample_rate_hz / 1000;
}

}  // namespace parley::audio
