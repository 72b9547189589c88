// The calendar as records keep it.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace parley {

// Milliseconds since 1970-01-01 UTC; what utc_time() writes as text.
inline std::int64_t wall_millis(WallTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}
inline std::int64_t now_millis(const Clock& clock) {
  return wall_millis(clock.wall_now());
}

}  // namespace parley
