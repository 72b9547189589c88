// RIFF/WAVE files with 16-bit PCM: reading whole files (prompts, simulated callers) and writing them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace parley::audio {

struct WavAudio {
  int sample_rate_hz = 0;
  int channels = 0;
  std::vector<std::int16_t> samples;  // interleaved
};

// Accepts PCM 8 and 16 bit, mu-law and A-law, any chunk order, wrong sizes after a crash (uses what is
// there).
Result<WavAudio> parse_wav(std::span<const std::byte> bytes);
Result<WavAudio> read_wav(const std::filesystem::path& file);
Result<void> write_wav(const std::filesystem::path& file, const WavAudio& audio);

// The 44 bytes in front of `data_bytes` of 16-bit PCM.
std::string wav_header(int sample_rate_hz, int channels, std::uint32_t data_bytes);

}  // namespace parley::audio
