#include "carrier/exotel/ist_time.hpp"

#include <chrono>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "carrier/mail_date.hpp"

namespace parley::carrier::exotel {
namespace {

constexpr std::int64_t kIstSeconds = (5 * 60 + 30) * 60;
constexpr int kFirstYear = 1971;  // what is before stands for "not yet"
constexpr int kLastYear = 2200;

class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  std::optional<int> digits(std::size_t count) {
    if (rest_.size() < count) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (!is_digit(c)) return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  bool take(std::string_view any_of) {
    if (rest_.empty() || !any_of.contains(rest_.front())) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool at_end() const { return rest_.empty(); }
  char front() const { return rest_.empty() ? '\0' : rest_.front(); }

 private:
  std::string_view rest_;
};

int fraction_millis(Reader& reader) {
  if (!reader.take(".,")) return 0;
  int millis = 0;
  for (int weight = 100; is_digit(reader.front()); weight /= 10)
    millis += reader.digits(1).value_or(0) * weight;
  return millis;
}

// In seconds; nullopt: what follows the time is no zone. A '+' of an address arrives as a space.
std::optional<std::int64_t> zone(Reader& reader) {
  if (reader.at_end()) return kIstSeconds;
  if (reader.take("Zz")) return reader.at_end() ? std::optional<std::int64_t>(0) : std::nullopt;
  const bool west = reader.front() == '-';
  if (!reader.take("+- ")) return std::nullopt;
  const auto hours = reader.digits(2);
  reader.take(":");
  const auto minutes = reader.digits(2);
  if (!hours || !minutes || *hours > 14 || *minutes > 59 || !reader.at_end()) return std::nullopt;
  const std::int64_t offset = *hours * 3600 + *minutes * 60;
  return west ? -offset : offset;
}

std::optional<WallMillis> read_iso(std::string_view text) {
  Reader reader(text);
  const auto year = reader.digits(4);
  if (!year || !reader.take("-")) return std::nullopt;
  const auto month = reader.digits(2);
  if (!month || !reader.take("-")) return std::nullopt;
  const auto day = reader.digits(2);
  if (!day || !reader.take("T t")) return std::nullopt;
  const auto hour = reader.digits(2);
  if (!hour || !reader.take(":")) return std::nullopt;
  const auto minute = reader.digits(2);
  if (!minute || !reader.take(":")) return std::nullopt;
  const auto second = reader.digits(2);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const int millis = fraction_millis(reader);
  const auto offset = zone(reader);
  const std::chrono::year_month_day date(std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day)));
  if (!offset || !date.ok() || *year < kFirstYear || *year > kLastYear) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  const std::int64_t seconds = ((days * 24 + *hour) * 60 + *minute) * 60 + std::min(*second, 59) - *offset;
  return seconds * 1000 + millis;
}

}  // namespace

std::optional<WallMillis> read_time(std::string_view text) {
  text = trimmed(text);
  if (text.empty() || text.size() > 64) return std::nullopt;
  if (is_digit(text.front()) && text.size() > 4 && text[4] == '-') return read_iso(text);
  auto time = parse_mail_date(text);
  if (!time) time = parse_mail_date(std::string(text) + " +0530");
  if (!time || *time < std::int64_t{365} * 24 * 3600 * 1000) return std::nullopt;
  return time;
}

std::string ist_text(WallMillis time) {
  const std::chrono::sys_seconds at{std::chrono::seconds(time / 1000 + kIstSeconds)};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(at - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

}  // namespace parley::carrier::exotel
