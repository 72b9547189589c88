// Times as Exotel writes them: most of them Indian time without saying so. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "carrier/carrier.hpp"

namespace parley::carrier::exotel {

// "2026-01-31 12:00:00", "Tue, 07 Jan 2025 15:51:06": Indian time; the same with 'T', a fraction or an offset
// ("+05:30", "+0530", "Z"). nullopt: no time, or one of those that stand for none ("1970-01-01 05:30:00",
// "0000-00-00 00:00:00", year 1).
std::optional<WallMillis> read_time(std::string_view text);
// "2026-01-31 12:00:00", Indian time, for what we ask.
std::string ist_text(WallMillis time);

}  // namespace parley::carrier::exotel
