// Text for people on a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace parley::cli {

// Columns as wide as their widest cell, two spaces apart, one line per row, none padded at its end.
std::string render_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows);

// One line that cannot steer the terminal: what callers and carriers send may hold escape sequences.
std::string printable(std::string_view text);

// 2023-11-15 03:43:20 in the local time zone; local_time_with_zone adds +0530.
std::string local_time(std::int64_t wall_ms);
std::string local_time_with_zone(std::int64_t wall_ms);
// 0:07, 12:05, 1:02:03
std::string length(std::int64_t ms);

}  // namespace parley::cli
