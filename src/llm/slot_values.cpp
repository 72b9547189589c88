#include "llm/slot_values.hpp"

#include <algorithm>
#include <cstdint>

#include <fmt/core.h>

#include "base/ascii.hpp"
#include "llm/number_words.hpp"

namespace parley::llm {
namespace {

// The digits of one spoken or written piece: "seven", "forty two", "98-76"; empty when there is none.
std::string digits_piece(WordCursor& cursor) {
  const std::string_view word = cursor.peek();
  if (word.empty()) return {};
  if (zero_word(word)) {
    cursor.take();
    return "0";
  }
  if (const auto value = below_hundred(cursor)) return std::to_string(*value);
  std::string out;
  for (const char c : word) {
    if (is_digit(c))
      out += c;
    else if (c != '-' && c != '.' && c != '/')
      return {};
  }
  cursor.take();
  return out;
}

struct Scale {
  std::string_view word;
  std::int64_t factor;
};
constexpr Scale kScales[] = {{"thousand", 1000},    {"lakh", 100'000},     {"lakhs", 100'000},
                             {"lac", 100'000},      {"crore", 10'000'000}, {"crores", 10'000'000},
                             {"million", 1'000'000}};
constexpr std::int64_t kMostThousandths = 1'000'000'000'000'000;

// Numbers are counted in thousandths, so that 2.5 lakh stays exact.
std::optional<std::int64_t> written_thousandths(std::string_view word) {
  const auto point = word.find('.');
  const std::string_view whole = word.substr(0, point);
  const std::string_view part = point == std::string_view::npos ? std::string_view() : word.substr(point + 1);
  if (whole.empty() || whole.size() > 12 || part.size() > 3 || !std::ranges::all_of(whole, is_digit) ||
      !std::ranges::all_of(part, is_digit))
    return std::nullopt;
  std::int64_t value = 0;
  for (const char c : whole)
    value = value * 10 + (c - '0');
  for (std::size_t i = 0; i < 3; ++i)
    value = value * 10 + (i < part.size() ? part[i] - '0' : 0);
  return value;
}

// 0 to 999 in words with at most three places after "point", or figures.
std::optional<std::int64_t> number_group(WordCursor& cursor) {
  if (const auto written = written_thousandths(cursor.peek())) {
    cursor.take();
    return written;
  }
  std::int64_t whole = 0;
  if (zero_word(cursor.peek()) && cursor.peek() != "o" && cursor.peek() != "oh") {
    cursor.take();
  } else {
    const bool one = cursor.accept("a");
    const auto head = one ? std::optional(1) : below_hundred(cursor);
    if (!head) return std::nullopt;
    whole = *head;
    if (whole < 10 && cursor.accept("hundred")) {
      whole *= 100;
      const std::size_t before = cursor.position();
      cursor.accept("and");
      if (const auto rest = below_hundred(cursor))
        whole += *rest;
      else
        cursor.back_to(before);
    }
  }
  std::int64_t value = whole * 1000;
  if (cursor.accept("point")) {
    std::int64_t place = 100;
    while (place > 0) {
      auto digit = unit_word(cursor.peek());
      if (!digit) digit = zero_word(cursor.peek());
      if (!digit) break;
      cursor.take();
      value += *digit * place;
      place /= 10;
    }
    if (place == 100) return std::nullopt;
  }
  return value;
}

std::string number_text(std::int64_t thousandths) {
  std::string out = std::to_string(thousandths / 1000);
  if (const auto part = thousandths % 1000; part != 0) {
    out += fmt::format(".{:03}", part);
    while (out.back() == '0')
      out.pop_back();
  }
  return out;
}

}  // namespace

std::optional<std::string> parse_digits(WordSpan words, int min_digits, int max_digits) {
  WordCursor cursor(words);
  std::string out;
  while (!cursor.done()) {
    const std::size_t times = cursor.accept("double") ? 2 : cursor.accept("triple") ? 3 : 1;
    const std::string piece = digits_piece(cursor);
    if (piece.empty() || (times > 1 && piece.size() != 1)) return std::nullopt;
    for (std::size_t i = 0; i < times; ++i)
      out += piece;
    if (out.size() > static_cast<std::size_t>(max_digits)) return std::nullopt;
  }
  if (out.empty() || out.size() < static_cast<std::size_t>(min_digits)) return std::nullopt;
  return out;
}

std::optional<std::string> parse_number(WordSpan words) {
  WordCursor cursor(words);
  std::int64_t total = 0;
  std::int64_t last_factor = kMostThousandths;
  bool any = false;
  while (!cursor.done()) {
    if (any) cursor.accept("and");
    const auto group = number_group(cursor);
    if (!group) return std::nullopt;
    const auto scale = std::ranges::find(kScales, cursor.peek(), &Scale::word);
    const std::int64_t factor = scale == std::end(kScales) ? 1 : scale->factor;
    if (factor > 1) cursor.take();
    if (factor >= last_factor || *group > kMostThousandths / factor) return std::nullopt;
    total += *group * factor;
    last_factor = factor;
    any = true;
  }
  // "a" is an article, not a number; "a hundred" is one.
  if (!any || (words.size() == 1 && words[0] == "a")) return std::nullopt;
  return number_text(total);
}

std::optional<std::string> parse_choice(WordSpan words, const agent::Slot& slot) {
  std::string spoken;
  for (const auto& word : words) {
    if (!spoken.empty()) spoken += ' ';
    spoken += word;
  }
  const auto said = [&](const std::string& form) {
    // Forms from a file are plain already; a script made by hand may have them as written.
    if (form == spoken) return true;
    return std::ranges::equal(agent::words_of(form), words);
  };
  for (const auto& [value, forms] : slot.choices) {
    if (said(value) || std::ranges::any_of(forms, said)) return value;
  }
  return std::nullopt;
}

std::optional<std::string> parse_slot(WordSpan words, const agent::Slot& slot, CalendarDay today) {
  switch (slot.kind) {
    case agent::SlotKind::digits:
      return parse_digits(words, slot.min_digits, slot.max_digits);
    case agent::SlotKind::number:
      return parse_number(words);
    case agent::SlotKind::date:
      return parse_date(words, today);
    case agent::SlotKind::time:
      return parse_time(words);
    case agent::SlotKind::choice:
      return parse_choice(words, slot);
  }
  return std::nullopt;
}

}  // namespace parley::llm
