// Voice activity: is there speech in this 20 ms frame? No allocation per frame. One thread, one detector per
// call.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "agent/agent.hpp"

namespace parley::audio {

class VoiceActivityDetector {
 public:
  virtual ~VoiceActivityDetector() = default;
  // `frame` is exactly samples_per_frame(rate) long.
  virtual bool is_speech(std::span<const std::int16_t> frame) = 0;
};

// Rates 8000, 16000, 24000 and 48000 (the last two are decimated for WebRTC's detector, whose best is 16
// kHz). With settings.kind == webrtc the noise suppressor runs in front of the detector only while the
// measured noise floor asks for it.
std::unique_ptr<VoiceActivityDetector> make_vad(const agent::VadSettings& settings, int sample_rate_hz);

}  // namespace parley::audio
