// Voice activity by WebRTC's detector. On a clean line that is all that runs. Where the measured noise floor
// is high the detector takes noise for speech and a turn would never end, so there a noise suppressor with
// its own detector decides; it costs ten times as much and is made when first needed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "audio/noise_floor.hpp"
#include "audio/vad.hpp"

namespace parley::audio {

class WebrtcVad final : public VoiceActivityDetector {
 public:
  explicit WebrtcVad(int sample_rate_hz);
  ~WebrtcVad() override;

  bool is_speech(std::span<const std::int16_t> frame) override;

  // The suppressor's detector is the one that decides now.
  bool suppressing() const;

 private:
  struct Detector;
  struct Suppressor;

  bool suppressed_is_speech(std::span<const std::int16_t> frame);

  int inner_rate_hz_;
  std::unique_ptr<Detector> detector_;
  std::unique_ptr<Suppressor> suppressor_;
  NoiseFloor floor_;
  NoiseGate gate_;
  int warm_up_frames_ = 0;  // until the suppressor has learned the noise, the plain detector goes on deciding
};

// A third of the rate for a detector's ears, 24 kHz to 8 and 48 to 16: a short filter, one frame at a time,
// its state carried over. One thread.
class ThirdDecimator {
 public:
  static constexpr std::size_t kTaps = 24;
  static constexpr std::size_t kMostOut = 320;

  // `frame` is 480 or 960 samples, always as many; the result lives until the next call.
  std::span<const std::int16_t> process(std::span<const std::int16_t> frame);

 private:
  std::array<std::int16_t, 3 * kMostOut + kTaps> window_{};
  std::array<std::int16_t, kMostOut> out_{};
};

}  // namespace parley::audio
