// Prompts and simulated callers come from files of anyone's making: whatever the bytes, the reader refuses
// them or gives whole frames of what was there.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>

#include "audio/wav.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto audio = parley::audio::parse_wav(std::as_bytes(std::span(data, size)));
  if (!audio) return 0;
  if (audio->channels < 1 || audio->sample_rate_hz < 1) std::abort();
  if (audio->samples.size() > size ||
      audio->samples.size() % static_cast<std::size_t>(audio->channels) != 0) {
    std::abort();
  }
  return 0;
}
