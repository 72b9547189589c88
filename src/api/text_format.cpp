#include "api/text_format.hpp"

#include <algorithm>
#include <chrono>

#include "base/ascii.hpp"
#include "base/valid_text.hpp"

namespace parley::api {
namespace {

// Two or four digits at a place; -1: something else stands there.
int number(std::string_view text, std::size_t at, std::size_t length) {
  if (at + length > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, length)) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool is_time_of_day(std::string_view text, std::size_t at) {
  const int hour = number(text, at, 2);
  const int minute = number(text, at + 3, 2);
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && text[at + 2] == ':';
}

}  // namespace

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex_digit(text[i])) return false;
  }
  return true;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = number(text, 0, 4);
  const int month = number(text, 5, 2);
  const int day = number(text, 8, 2);
  if (year < 0 || month < 0 || day < 0) return false;
  return std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
      .ok();
}

bool is_date_time(std::string_view text) {
  if (text.size() < 20 || text.size() > 40 || !is_date(text.substr(0, 10))) return false;
  if (text[10] != 'T' && text[10] != 't') return false;
  const int second = number(text, 17, 2);
  if (!is_time_of_day(text, 11) || text[16] != ':' || second < 0 || second > 59) return false;
  std::string_view rest = text.substr(19);
  if (rest.starts_with('.')) {
    const auto digits = std::find_if_not(rest.begin() + 1, rest.end(), is_digit) - rest.begin();
    if (digits < 2 || digits > 10) return false;
    rest.remove_prefix(static_cast<std::size_t>(digits));
  }
  if (rest == "Z" || rest == "z") return true;
  return rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && is_time_of_day(rest, 1);
}

bool is_email(std::string_view text) {
  if (text.size() > 254) return false;
  const auto at = text.find('@');
  if (at == 0 || at == std::string_view::npos || at > 64) return false;
  const std::string_view host = text.substr(at + 1);
  if (host.empty() || host.starts_with('.') || host.ends_with('.') || host.starts_with('-')) return false;
  if (host.find("..") != std::string_view::npos) return false;
  const bool known =
      std::ranges::all_of(host, [](char c) { return is_letter(c) || is_digit(c) || c == '.' || c == '-'; });
  return known && std::ranges::all_of(text.substr(0, at), [](char c) {
           return c > ' ' && c < 127 && std::string_view("()<>[]:;@\\,\"").find(c) == std::string_view::npos;
         });
}

bool is_uri(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || !is_letter(text[0])) return false;
  const bool scheme = std::ranges::all_of(text.substr(0, colon), [](char c) {
    return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
  });
  return scheme && colon + 1 < text.size() && std::ranges::all_of(text, [](char c) {
           return c > ' ' && c < 127 && std::string_view("<>\"{}|\\^`").find(c) == std::string_view::npos;
         });
}

bool is_valid_text(std::string_view text) {
  return valid_text(text) == text;
}

}  // namespace parley::api
