#include "audio/energy_vad.hpp"

namespace parley::audio {

std::int64_t mean_square(std::span<const std::int16_t> samples) {
  if (samples.empty()) return 0;
  std::int64_t sum = 0;
  for (const std::int16_t sample : samples)
    sum += static_cast<std::int32_t>(sample) * sample;
  return sum / static_cast<std::int64_t>(samples.size());
}

bool EnergyVad::is_speech(std::span<const std::int16_t> frame) {
  return mean_square(frame) > threshold_square_;
}

}  // namespace parley::audio
