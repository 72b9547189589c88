// Rows as lines of a spool file: the checksum of the JSON in hex, a space, the JSON, a newline.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "storage/call_log/row.hpp"

namespace parley::storage::call_log {

// More than any row that is worth keeping; a longer line is damage.
inline constexpr std::size_t kLineLimit = 16UL * 1024 * 1024;

// With its newline. Text that is no UTF-8 is mended, as the database would get it.
std::string write_line(const Row& row);

// Without its newline; nullopt: damaged, or of a kind that this program does not know.
std::optional<Row> read_line(std::string_view line);

}  // namespace parley::storage::call_log
