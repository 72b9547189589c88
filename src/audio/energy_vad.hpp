// Voice activity by loudness alone: predictable, cheap, and deaf to what kind of sound it is. Kept as a
// setting for quiet lines with a known level.
#pragma once

#include <cstdint>
#include <span>

#include "audio/vad.hpp"

namespace parley::audio {

// Mean of the squared samples; 0 for no samples.
std::int64_t mean_square(std::span<const std::int16_t> samples);

class EnergyVad final : public VoiceActivityDetector {
 public:
  // Speech is a root mean square above `threshold`, on the scale of int16 samples.
  explicit EnergyVad(int threshold) : threshold_square_(static_cast<std::int64_t>(threshold) * threshold) {}
  bool is_speech(std::span<const std::int16_t> frame) override;

 private:
  std::int64_t threshold_square_;
};

}  // namespace parley::audio
