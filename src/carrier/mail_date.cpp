#include "carrier/mail_date.hpp"

#include <array>
#include <chrono>

#include "base/ascii.hpp"

namespace parley::carrier {
namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // Up to the next space, or to the end.
  std::string_view word() {
    rest_ = trimmed(rest_);
    const auto end = std::min(rest_.find(' '), rest_.size());
    const auto word = rest_.substr(0, end);
    rest_.remove_prefix(end);
    return word;
  }
  bool at_end() const { return trimmed(rest_).empty(); }

 private:
  std::string_view rest_;
};

// nullopt: not digits only, or not so many.
std::optional<int> number(std::string_view text, std::size_t least_digits, std::size_t most_digits) {
  if (text.size() < least_digits || text.size() > most_digits) return std::nullopt;
  int value = 0;
  for (const char c : text) {
    if (!is_digit(c)) return std::nullopt;
    value = value * 10 + (c - '0');
  }
  return value;
}

std::optional<unsigned> month_of(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kMonths = {"jan", "feb", "mar", "apr", "may", "jun",
                                                               "jul", "aug", "sep", "oct", "nov", "dec"};
  const std::string lower = to_lower(name);
  for (unsigned i = 0; i < kMonths.size(); ++i) {
    if (lower == kMonths[i]) return i + 1;
  }
  return std::nullopt;
}

// "20:36:28" in seconds since midnight; a leap second counts as the one before it.
std::optional<int> time_of_day(std::string_view text) {
  if (text.size() != 8 || text[2] != ':' || text[5] != ':') return std::nullopt;
  const auto hour = number(text.substr(0, 2), 2, 2);
  const auto minute = number(text.substr(3, 2), 2, 2);
  const auto second = number(text.substr(6, 2), 2, 2);
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  return *hour * 3600 + *minute * 60 + std::min(*second, 59);
}

// "+0530" in seconds.
std::optional<int> zone_of(std::string_view text) {
  if (text == "GMT" || text == "UT" || text == "UTC" || text == "Z") return 0;
  if (text.size() != 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = number(text.substr(1, 2), 2, 2);
  const auto minutes = number(text.substr(3, 2), 2, 2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59) return std::nullopt;
  const int seconds = *hours * 3600 + *minutes * 60;
  return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<std::int64_t> parse_mail_date(std::string_view text) {
  if (const auto comma = text.find(','); comma != std::string_view::npos) text.remove_prefix(comma + 1);
  Reader reader(text);
  const auto day = number(reader.word(), 1, 2);
  const auto month = month_of(reader.word());
  const auto year = number(reader.word(), 4, 4);
  const auto time = time_of_day(reader.word());
  const auto zone = zone_of(reader.word());
  if (!day || !month || !year || !time || !zone || !reader.at_end()) return std::nullopt;
  const std::chrono::year_month_day date(std::chrono::year(*year), std::chrono::month(*month),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!date.ok() || *year < 1970 || *year > 2200) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch();
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(days).count() + *time - *zone;
  return seconds * 1000;
}

}  // namespace parley::carrier
