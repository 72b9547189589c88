// The number words that digits, numbers, dates and times are made of. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "llm/slot_values.hpp"

namespace parley::llm {

// Reads words from the front; what did not match is left alone.
class WordCursor {
 public:
  explicit WordCursor(WordSpan words) : words_(words) {}

  bool done() const { return at_ == words_.size(); }
  std::string_view peek() const { return done() ? std::string_view() : std::string_view(words_[at_]); }
  std::string_view take() { return words_[at_++]; }
  bool accept(std::string_view word) {
    if (peek() != word || done()) return false;
    ++at_;
    return true;
  }
  std::size_t position() const { return at_; }
  void back_to(std::size_t position) { at_ = position; }

 private:
  WordSpan words_;
  std::size_t at_ = 0;
};

std::optional<int> unit_word(std::string_view word);  // one 1 … nine 9
std::optional<int> zero_word(std::string_view word);  // zero, oh, o, nought: 0
std::optional<int> teen_word(std::string_view word);  // ten 10 … nineteen 19
std::optional<int> tens_word(std::string_view word);  // twenty 20 … ninety 90
std::optional<int> ordinal_word(
    std::string_view word);  // first 1 … nineteenth 19, twentieth 20, thirtieth 30

// "four", "fourteen", "forty", "forty four": 1 to 99 in words.
std::optional<int> below_hundred(WordCursor& cursor);

// A word of 1 to `most` figures and nothing else.
std::optional<int> figures(std::string_view word, std::size_t most);

}  // namespace parley::llm
