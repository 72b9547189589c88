#include "base/clock.hpp"

#include <ctime>

#include <fmt/chrono.h>

namespace parley {

std::string iso_day(WallTime time) {
  return fmt::format("{:%Y-%m-%d}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

std::string utc_time(std::int64_t wall_ms) {
  const std::int64_t ms = ((wall_ms % 1000) + 1000) % 1000;
  const auto seconds = static_cast<std::time_t>((wall_ms - ms) / 1000);
  std::tm parts{};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "";
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, ms);
}

namespace {

class SystemClock final : public Clock {
 public:
  SteadyTime now() const override { return std::chrono::steady_clock::now(); }
  WallTime wall_now() const override { return std::chrono::system_clock::now(); }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

std::optional<std::int64_t> parse_utc_time(std::string_view text) {
  using namespace std::chrono;
  std::size_t at = 0;
  bool fine = true;
  const auto digits = [&](std::size_t count) {
    std::int64_t number = 0;
    for (std::size_t i = 0; i < count; ++i, ++at) {
      if (at >= text.size() || text[at] < '0' || text[at] > '9') return fine = false, std::int64_t{0};
      number = number * 10 + (text[at] - '0');
    }
    return number;
  };
  const auto mark = [&](std::string_view any) {
    const bool there = at < text.size() && any.find(text[at]) != std::string_view::npos;
    if (!there) fine = false;
    return there ? text[at++] : '\0';
  };

  const auto years = digits(4);
  mark("-");
  const auto months = digits(2);
  mark("-");
  const auto month_days = digits(2);
  mark("Tt ");
  const auto hour = digits(2);
  mark(":");
  const auto minute = digits(2);
  mark(":");
  const auto second = digits(2);
  std::int64_t millis = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    std::size_t length = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at, ++length) {
      if (length < 3) millis = millis * 10 + (text[at] - '0');
    }
    if (length == 0 || length > 9) return std::nullopt;
    for (; length < 3; ++length)
      millis *= 10;
  }
  std::int64_t offset_minutes = 0;
  const char zone = mark("Zz+-");
  if (zone == '+' || zone == '-') {
    const auto offset_hours = digits(2);
    mark(":");
    offset_minutes = offset_hours * 60 + digits(2);
    if (offset_minutes >= 24 * 60) return std::nullopt;
    if (zone == '-') offset_minutes = -offset_minutes;
  }
  const year_month_day day(year(static_cast<int>(years)), month(static_cast<unsigned>(months)),
                           std::chrono::day(static_cast<unsigned>(month_days)));
  if (!fine || at != text.size() || !day.ok() || years < 1970 || hour > 23 || minute > 59 || second > 60)
    return std::nullopt;
  const auto since_epoch = sys_days(day).time_since_epoch() + hours(hour) + minutes(minute - offset_minutes) +
                           seconds(second) + milliseconds(millis);
  return duration_cast<milliseconds>(since_epoch).count();
}

}  // namespace parley
