// One spoken sentence as a file of the speech cache: what was asked for (the key) and the sound. No I/O.
//
//   bytes  0  "PARLEYS1"
//          8  size of the key, 12 size of the sound, in bytes
//         16  checksum of everything else, 128 bits
//         32  the key, then int16 samples; all numbers little-endian
//
// The file's name is a hash of the key, and the key itself stands in the file: two keys with one name are
// told apart.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace parley::speech {

// Larger ones are not kept: more than a minute of the highest rate is no sentence.
inline constexpr std::size_t kMaxEntryKeyBytes = 64UL * 1024;
inline constexpr std::size_t kMaxEntryAudioBytes = 8UL * 1024 * 1024;
inline constexpr std::size_t kMaxEntryBytes = 32 + kMaxEntryKeyBytes + kMaxEntryAudioBytes;

// 128 bits that are the same in every process; against accidents, not against attackers.
using StableHash = std::array<std::uint64_t, 2>;
StableHash stable_hash(std::string_view bytes);
// 32 hexadecimal digits.
std::string hash_text(const StableHash& hash);

// Key and audio within the limits, both not empty.
bool fits_entry(std::string_view key, std::span<const std::int16_t> audio);

// Only of what fits.
std::string write_entry(std::string_view key, std::span<const std::int16_t> audio);

enum class EntryFault {
  damaged,    // cut off, changed, or no such file at all
  other_key,  // whole, but of another sentence
};
std::expected<std::vector<std::int16_t>, EntryFault> read_entry(std::string_view bytes, std::string_view key);

}  // namespace parley::speech
