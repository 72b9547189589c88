// Time as a collaborator, so that a test turns it by hand.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace parley {

using SteadyTime = std::chrono::steady_clock::time_point;
using WallTime = std::chrono::system_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime now() const = 0;     // monotonic: durations and deadlines
  virtual WallTime wall_now() const = 0;  // the calendar: what the call log stores
};

// "2026-11-21", in UTC.
std::string iso_day(WallTime time);
// "2026-11-21T08:00:00.000Z" of milliseconds since 1970; empty for a time the calendar does not know (a
// damaged row).
std::string utc_time(std::int64_t wall_ms);
// RFC 3339: "2026-11-21T08:00:00Z", with a fraction or an offset if need be. nullopt: it is none, or no such
// day. Between the years 1970 and 9999.
std::optional<std::int64_t> parse_utc_time(std::string_view text);

// The machine's clocks; one shared object without state.
const Clock& system_clock();

// Stands still until a test moves it. One thread.
class ManualClock final : public Clock {
 public:
  SteadyTime now() const override { return now_; }
  WallTime wall_now() const override { return wall_; }
  void advance(std::chrono::nanoseconds by) {
    now_ += std::chrono::duration_cast<SteadyTime::duration>(by);
    wall_ += std::chrono::duration_cast<WallTime::duration>(by);
  }

 private:
  // Far in the future: a real timer set from it never fires by itself.
  SteadyTime now_{std::chrono::hours(24L * 365 * 200)};
  WallTime wall_{std::chrono::hours(24L * 365 * 55)};
};

}  // namespace parley
