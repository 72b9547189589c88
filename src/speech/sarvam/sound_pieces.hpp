// Cuts a recording where nobody speaks, for recognisers that take only short files. Pure; any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace parley::speech {

struct SoundPiece {
  std::size_t first = 0;  // sample
  std::size_t samples = 0;
  friend bool operator==(const SoundPiece&, const SoundPiece&) = default;
};

// Stretches of sound of one channel, in order, none longer than `most_s` seconds, with a little silence on
// both sides. Longer pauses are in none of them; a stretch without a pause is cut at its quietest place.
std::vector<SoundPiece> cut_at_silences(std::span<const std::int16_t> audio, int sample_rate_hz,
                                        double most_s);

}  // namespace parley::speech
