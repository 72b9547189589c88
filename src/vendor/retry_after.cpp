// The two headers by which vendors say when to come back.
#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/ascii.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::vendor {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAtMost = std::chrono::hours(1);

std::optional<milliseconds> read_amount(std::string_view text, double milliseconds_each) {
  double amount = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), amount);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(amount) || amount < 0) return std::nullopt;
  const double most = static_cast<double>(kAtMost.count());
  return milliseconds(static_cast<std::int64_t>(std::min(amount * milliseconds_each, most)));
}

// Takes a number of exactly `digits` figures from the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int number = 0;
  for (const char c : text.substr(0, digits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

std::optional<unsigned> take_month(std::string_view& text) {
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (take(text, kMonths[i])) return i + 1;
  }
  return std::nullopt;
}

// RFC 9110 §5.6.7, the one form that may be sent today: "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<std::chrono::system_clock::time_point> read_date(std::string_view text) {
  const auto comma = text.find(", ");
  if (comma != 3) return std::nullopt;
  text.remove_prefix(5);
  const auto day = take_number(text, 2);
  if (!day || !take(text, " ")) return std::nullopt;
  const auto month = take_month(text);
  if (!month || !take(text, " ")) return std::nullopt;
  const auto year = take_number(text, 4);
  if (!year || !take(text, " ")) return std::nullopt;
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ":")) return std::nullopt;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59 || !take(text, ":")) return std::nullopt;
  const auto second = take_number(text, 2);
  if (!second || *second > 60 || text != " GMT") return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  // A time_point counts nanoseconds in 64 bits: years far away do not fit.
  if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
         std::chrono::seconds(*second);
}

}  // namespace

std::optional<milliseconds> parse_retry_after(std::optional<std::string_view> retry_after_ms,
                                              std::optional<std::string_view> retry_after,
                                              std::chrono::system_clock::time_point now) {
  if (retry_after_ms) {
    if (const auto wait = read_amount(trimmed(*retry_after_ms), 1)) return wait;
  }
  if (!retry_after) return std::nullopt;
  const auto text = trimmed(*retry_after);
  if (const auto wait = read_amount(text, 1000)) return wait;
  const auto date = read_date(text);
  if (!date) return std::nullopt;
  if (*date <= now) return milliseconds(0);
  return std::min(kAtMost, std::chrono::ceil<milliseconds>(*date - now));
}

}  // namespace parley::vendor
