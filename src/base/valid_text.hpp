// What other machines send us as text is not always text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley {

// Valid UTF-8 without NUL, which every database and every vendor takes: each byte that is part of no
// character becomes U+FFFD.
std::string valid_text(std::string_view text);

// The bytes of the valid character at the front of a text that is not empty; 0: none begins there, or it is
// NUL.
std::size_t character_length(std::string_view text);

// In valid UTF-8: is this a character's first byte?
constexpr bool begins_character(char byte) {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}
// Of valid UTF-8: characters, not bytes.
std::size_t count_characters(std::string_view text);

// As many whole characters of valid UTF-8 as `most` bytes hold.
std::string_view clipped(std::string_view text, std::size_t most);

}  // namespace parley
