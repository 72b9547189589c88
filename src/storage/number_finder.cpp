#include "storage/number_finder.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "base/ascii.hpp"

namespace parley::storage {
namespace {

constexpr std::size_t kMostCardDigits = 19;
constexpr std::size_t kFewestCardDigits = 13;
constexpr std::size_t kFewestWords = 10;
constexpr std::size_t kFewestAmongFigures = 4;
constexpr std::size_t kLongestGap = 6;  // bytes

// Digits that stand together, or one digit as a word ("double nine" is two).
struct Group {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string digits;
  bool word = false;
  bool plus = false;          // '+' stands before it
  bool joins_before = false;  // belongs to the same number as the group before, as far as spaces tell
};

// The bytes of a digit at `at` and its value; ASCII, and the scripts of India from Devanagari to Malayalam,
// whose digits all end the same in UTF-8 (E0, an odd byte from A5 to B5, A6 to AF).
std::size_t digit_at(std::string_view text, std::size_t at, char& digit) {
  if (text[at] >= '0' && text[at] <= '9') {
    digit = text[at];
    return 1;
  }
  if (text[at] != '\xE0' || at + 2 >= text.size()) return 0;
  const auto second = static_cast<std::uint8_t>(text[at + 1]);
  const auto third = static_cast<std::uint8_t>(text[at + 2]);
  if (second < 0xA5 || second > 0xB5 || second % 2 == 0 || third < 0xA6 || third > 0xAF) return 0;
  digit = static_cast<char>('0' + (third - 0xA6));
  return 3;
}

std::optional<char> digit_of_word(std::string_view word) {
  static constexpr std::array<std::string_view, 10> kWords{"zero", "one", "two",   "three", "four",
                                                           "five", "six", "seven", "eight", "nine"};
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    if (word == kWords[i]) return static_cast<char>('0' + i);
  }
  if (word == "oh" || word == "o" || word == "nought") return '0';
  return std::nullopt;
}

int times_of_word(std::string_view word) {
  return word == "double" ? 2 : word == "triple" ? 3 : 0;
}

// May what stands between two groups be inside one number? Spaces, dashes, brackets; a comma only with a
// space, since without one it divides thousands.
bool joins(std::string_view gap) {
  if (gap.size() > kLongestGap) return false;
  bool comma = false;
  bool space = false;
  for (std::size_t i = 0; i < gap.size();) {
    const std::string_view rest = gap.substr(i);
    const char c = rest.front();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      space = true;
      i += 1;
    } else if (c == ',') {
      comma = true;
      i += 1;
    } else if (c == '-' || c == '.' || c == '(' || c == ')') {
      i += 1;
    } else if (rest.starts_with("\xC2\xA0")) {  // no-break space
      space = true;
      i += 2;
    } else if (rest.starts_with("\xE2\x80\xAF") || rest.starts_with("\xE2\x80\x89")) {  // narrow spaces
      space = true;
      i += 3;
    } else if (rest.starts_with("\xE2\x80\x90") || rest.starts_with("\xE2\x80\x91") ||
               rest.starts_with("\xE2\x80\x93")) {  // hyphens, en dash
      i += 3;
    } else {
      return false;
    }
  }
  return !comma || space;
}

// Letters and digits that stand together.
struct Token {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::size_t digits_begin = 0;
  std::size_t digits_end = 0;
  std::string digits;
  int stretches = 0;  // of digits
  bool letters = false;
};

Token token_at(std::string_view text, std::size_t at) {
  Token token;
  token.begin = token.end = at;
  bool in_digits = false;
  while (token.end < text.size()) {
    char digit = 0;
    const std::size_t length = digit_at(text, token.end, digit);
    if (length == 0 && !is_letter(text[token.end])) break;
    if (length > 0) {
      if (!in_digits) {
        ++token.stretches;
        token.digits_begin = token.end;
      }
      token.digits += digit;
      token.end += length;
      token.digits_end = token.end;
    } else {
      token.letters = true;
      ++token.end;
    }
    in_digits = length > 0;
  }
  return token;
}

class Groups {
 public:
  explicit Groups(std::string_view text) : text_(text) {
    for (std::size_t at = 0; at < text.size();) {
      const Token token = token_at(text, at);
      if (token.end == at) {
        ++at;
        continue;
      }
      take(token);
      at = token.end;
    }
  }
  const std::vector<Group>& all() const { return groups_; }

 private:
  void take(const Token& token) {
    if (token.stretches == 1) {
      // Letters on its side end a number; several stretches make it an id, which stays.
      const bool free_before = token.digits_begin == token.begin;
      if (!free_before) times_ = 0;
      add(token.digits_begin, token.digits_end, token.digits, false, free_before);
      if (token.digits_end != token.end) last_end_ = std::string_view::npos;
      return;
    }
    if (token.stretches == 0 && token.end - token.begin <= 6) {
      std::string word(text_.substr(token.begin, token.end - token.begin));
      for (char& c : word)
        c = static_cast<char>(c | 0x20);
      if (const int times = times_of_word(word); times > 0) {
        times_ = times;
        times_begin_ = token.begin;
        times_end_ = token.end;
        return;
      }
      if (const auto digit = digit_of_word(word))
        return add(token.begin, token.end, std::string(1, *digit), true, true);
    }
    last_end_ = std::string_view::npos;
    times_ = 0;
  }

  void add(std::size_t begin, std::size_t end, std::string digits, bool word, bool free_before) {
    if (times_ > 0 && digits.size() == 1 && joins(text_.substr(times_end_, begin - times_end_))) {
      digits.assign(static_cast<std::size_t>(times_), digits.front());
      begin = times_begin_;
      word = true;
    }
    times_ = 0;
    const bool plus = free_before && begin > 0 && text_[begin - 1] == '+';
    const bool joined = free_before && !plus && last_end_ != std::string_view::npos &&
                        joins(text_.substr(last_end_, begin - last_end_));
    groups_.push_back({.begin = plus ? begin - 1 : begin,
                       .end = end,
                       .digits = std::move(digits),
                       .word = word,
                       .plus = plus,
                       .joins_before = joined});
    last_end_ = end;
  }

  std::string_view text_;
  std::vector<Group> groups_;
  std::size_t last_end_ = std::string_view::npos;  // of the last group, while nothing that divides came
  int times_ = 0;                                  // of a "double" or "triple" that waits for its digit
  std::size_t times_begin_ = 0;
  std::size_t times_end_ = 0;
};

bool has_luhn_digit(std::string_view digits) {
  int sum = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    int value = digits[digits.size() - 1 - i] - '0';
    if (i % 2 == 1) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

// Verhoeff's check, over the dihedral group of the pentagon.
bool has_verhoeff_digit(std::string_view digits) {
  static constexpr std::array<std::array<std::uint8_t, 10>, 8> kPermute{{{0, 1, 2, 3, 4, 5, 6, 7, 8, 9},
                                                                         {1, 5, 7, 6, 2, 8, 3, 0, 9, 4},
                                                                         {5, 8, 0, 3, 7, 9, 6, 1, 4, 2},
                                                                         {8, 9, 1, 6, 0, 4, 3, 5, 2, 7},
                                                                         {9, 4, 5, 3, 1, 2, 6, 8, 7, 0},
                                                                         {4, 2, 8, 6, 5, 7, 3, 9, 0, 1},
                                                                         {2, 7, 9, 3, 8, 0, 6, 4, 1, 5},
                                                                         {7, 0, 4, 6, 9, 1, 3, 2, 5, 8}}};
  const auto times = [](int a, int b) {
    if (a < 5) return b < 5 ? (a + b) % 5 : 5 + (a + b - 5) % 5;
    return b < 5 ? 5 + (a - 5 - b + 5) % 5 : (a - b + 5) % 5;
  };
  int check = 0;
  for (std::size_t i = 0; i < digits.size(); ++i)
    check = times(check, kPermute[i % 8][static_cast<std::size_t>(digits[digits.size() - 1 - i] - '0')]);
  return check == 0;
}

bool is_mobile(std::string_view ten_digits) {
  return ten_digits.size() == 10 && ten_digits.front() >= '6';
}

bool is_phone(std::string_view digits, bool plus) {
  if (plus) return digits.size() >= 8 && digits.size() <= 15 && digits.front() != '0';
  for (const std::string_view before : {"", "0", "91", "0091", "091"}) {
    if (digits.starts_with(before) && is_mobile(digits.substr(before.size()))) return true;
  }
  return false;
}

// Does more belong to it? "+91 98765 43210 500": the numbering plans of India and North America have one
// length.
bool is_complete(std::string_view digits) {
  return (digits.starts_with("91") && digits.size() == 12 && is_mobile(digits.substr(2))) ||
         (digits.starts_with('1') && digits.size() == 11);
}

// All parts of one sequence, from group to group, that are a number of some kind.
void find_in_run(const std::vector<Group>& groups, std::size_t first, std::size_t last,
                 const RedactionKinds& kinds, std::vector<Finding>& findings) {
  for (std::size_t i = first; i < last; ++i) {
    std::string digits;
    const bool plus = groups[i].plus;
    std::optional<Finding> international;
    for (std::size_t j = i; j < last; ++j) {
      if (digits.size() + groups[j].digits.size() > kMostCardDigits) break;
      digits += groups[j].digits;
      const Finding here{.begin = groups[i].begin, .end = groups[j].end, .what = Found::phone};
      if (kinds.cards && digits.size() >= kFewestCardDigits && has_luhn_digit(digits))
        findings.push_back({.begin = here.begin, .end = here.end, .what = Found::card});
      if (kinds.aadhaar && digits.size() == 12 && digits.front() > '1' && has_verhoeff_digit(digits))
        findings.push_back({.begin = here.begin, .end = here.end, .what = Found::aadhaar});
      if (!kinds.phones || !is_phone(digits, plus)) continue;
      if (!plus) {
        findings.push_back(here);
      } else if (!international || !is_complete(digits.substr(0, digits.size() - groups[j].digits.size()))) {
        international = here;
        if (is_complete(digits)) break;
      }
    }
    if (international) findings.push_back(*international);
  }
}

void find_spoken(const std::vector<Group>& groups, std::size_t first, std::size_t last,
                 const RedactionKinds& kinds, std::vector<Finding>& findings) {
  std::size_t digits = 0;
  std::size_t of_words = 0;
  for (std::size_t i = first; i < last; ++i) {
    digits += groups[i].digits.size();
    if (groups[i].word) of_words += groups[i].digits.size();
  }
  // Recognisers write some digits of a number as words and some as figures; one word beside a date is
  // nothing.
  if (of_words < kFewestAmongFigures || digits < kFewestWords) return;
  const bool card = kinds.cards && digits >= kFewestCardDigits;
  if (!card && !kinds.phones) return;
  findings.push_back(
      {.begin = groups[first].begin, .end = groups[last - 1].end, .what = card ? Found::card : Found::phone});
}

}  // namespace

void find_numbers(std::string_view text, const RedactionKinds& kinds, std::vector<Finding>& findings) {
  const Groups found(text);
  const auto& groups = found.all();
  for (std::size_t first = 0; first < groups.size();) {
    std::size_t last = first + 1;
    while (last < groups.size() && groups[last].joins_before)
      ++last;
    find_in_run(groups, first, last, kinds, findings);
    find_spoken(groups, first, last, kinds, findings);
    first = last;
  }
}

}  // namespace parley::storage
