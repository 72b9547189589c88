#include "speech/spoken_length.hpp"

#include <algorithm>
#include <cctype>

#include "base/valid_text.hpp"

namespace parley::speech {
namespace {

constexpr double kMostCharactersPerSecond = 50;
constexpr double kMostSecondsPerCharacter = 0.4;
constexpr double kMostSecondsBesides = 5;

// Of letters and digits, and of everything outside ASCII.
double count_spoken(std::string_view text) {
  return static_cast<double>(std::ranges::count_if(text, [](char c) {
    const bool plain = (static_cast<unsigned char>(c) & 0x80U) == 0;
    return begins_character(c) && (!plain || std::isalnum(static_cast<unsigned char>(c)) != 0);
  }));
}

}  // namespace

bool ends_too_early(std::string_view text, double seconds) {
  return seconds * kMostCharactersPerSecond < count_spoken(text);
}

bool has_no_end(std::string_view text, double seconds) {
  return seconds >
         kMostSecondsBesides + kMostSecondsPerCharacter * static_cast<double>(count_characters(text));
}

}  // namespace parley::speech
