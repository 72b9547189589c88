#include "llm/number_words.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace parley::llm {
namespace {

constexpr std::array<std::string_view, 9> kUnits = {"one", "two",   "three", "four", "five",
                                                    "six", "seven", "eight", "nine"};
constexpr std::array<std::string_view, 10> kTeens = {"ten",      "eleven",  "twelve",  "thirteen",
                                                     "fourteen", "fifteen", "sixteen", "seventeen",
                                                     "eighteen", "nineteen"};
constexpr std::array<std::string_view, 8> kTens = {"twenty", "thirty",  "forty",  "fifty",
                                                   "sixty",  "seventy", "eighty", "ninety"};
constexpr std::array<std::string_view, 4> kZeros = {"zero", "oh", "o", "nought"};
constexpr std::array<std::string_view, 20> kOrdinals = {
    "first",     "second",    "third",       "fourth",     "fifth",      "sixth",      "seventh",
    "eighth",    "ninth",     "tenth",       "eleventh",   "twelfth",    "thirteenth", "fourteenth",
    "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentieth"};

template <std::size_t N>
std::optional<int> place_in(const std::array<std::string_view, N>& words, std::string_view word) {
  const auto found = std::ranges::find(words, word);
  if (found == words.end()) return std::nullopt;
  return static_cast<int>(found - words.begin());
}

}  // namespace

std::optional<int> unit_word(std::string_view word) {
  const auto place = place_in(kUnits, word);
  return place ? std::optional(*place + 1) : std::nullopt;
}

std::optional<int> zero_word(std::string_view word) {
  return place_in(kZeros, word) ? std::optional(0) : std::nullopt;
}

std::optional<int> teen_word(std::string_view word) {
  const auto place = place_in(kTeens, word);
  return place ? std::optional(*place + 10) : std::nullopt;
}

std::optional<int> tens_word(std::string_view word) {
  const auto place = place_in(kTens, word);
  return place ? std::optional((*place + 2) * 10) : std::nullopt;
}

std::optional<int> ordinal_word(std::string_view word) {
  if (word == "thirtieth") return 30;
  const auto place = place_in(kOrdinals, word);
  return place ? std::optional(*place + 1) : std::nullopt;
}

std::optional<int> below_hundred(WordCursor& cursor) {
  if (const auto tens = tens_word(cursor.peek())) {
    cursor.take();
    const auto unit = unit_word(cursor.peek());
    if (unit) cursor.take();
    return *tens + unit.value_or(0);
  }
  auto value = teen_word(cursor.peek());
  if (!value) value = unit_word(cursor.peek());
  if (value) cursor.take();
  return value;
}

std::optional<int> figures(std::string_view word, std::size_t most) {
  int value = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (word.empty() || word.size() > most || word[0] == '-' || error != std::errc() ||
      end != word.data() + word.size())
    return std::nullopt;
  return value;
}

}  // namespace parley::llm
