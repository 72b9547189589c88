// Signals that tests measure with.
#pragma once

#include <cmath>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace parley::audio {

inline std::vector<std::int16_t> tone(double hz, int rate_hz, double amplitude, std::size_t samples) {
  std::vector<std::int16_t> out(samples);
  for (std::size_t i = 0; i < samples; ++i) {
    out[i] = static_cast<std::int16_t>(
        std::lround(amplitude * std::sin(2 * M_PI * hz * static_cast<double>(i) / rate_hz)));
  }
  return out;
}

// Repeats exactly: the engine's sequence is fixed by the standard, and so is this use of it.
inline std::vector<std::int16_t> white_noise(double rms, std::size_t samples, unsigned seed = 1) {
  std::mt19937 engine(seed);
  std::vector<std::int16_t> out(samples);
  for (auto& sample : out) {
    const double uniform = static_cast<double>(engine()) / 2147483648.0 - 1.0;
    sample = static_cast<std::int16_t>(std::lround(uniform * rms * std::sqrt(3.0)));
  }
  return out;
}

inline double rms(std::span<const std::int16_t> samples) {
  double sum = 0;
  for (const auto sample : samples)
    sum += static_cast<double>(sample) * sample;
  return samples.empty() ? 0 : std::sqrt(sum / static_cast<double>(samples.size()));
}

}  // namespace parley::audio
