// MPEG audio (MP3), as carriers keep their recordings: whole files into samples.
#pragma once

#include <cstddef>
#include <span>

#include "audio/wav.hpp"
#include "base/result.hpp"

namespace parley::audio {

// Starts like an MP3 file: with an ID3 tag or a frame of layer I to III. Looks at the first bytes only.
bool looks_like_mp3(std::span<const std::byte> bytes);

// Damaged frames are passed over; a file that breaks off ends there. Errc::invalid_argument: no sound in it,
// or more than `most_samples` (of all channels together).
Result<WavAudio> parse_mp3(std::span<const std::byte> bytes, std::size_t most_samples);

}  // namespace parley::audio
