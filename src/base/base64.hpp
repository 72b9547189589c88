// RFC 4648 base64 by table: the payloads of the media stream, and sound inside JSON. No allocation, no
// exceptions.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace parley {

// Enough room for base64_decode of `encoded` characters.
constexpr std::size_t base64_decoded_max(std::size_t encoded) {
  return encoded / 4 * 3 + 3;
}
constexpr std::size_t base64_encoded_size(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

// Writes the bytes to `out` (base64_decoded_max long) and returns their number; nullopt when a character is
// outside the alphabet or the length is impossible. Padding may be missing.
std::optional<std::size_t> base64_decode(std::string_view text, std::byte* out);

// Appends.
void base64_encode(std::span<const std::byte> bytes, std::string& out);

}  // namespace parley
