// Words that somebody looks for, as the two databases' full-text search wants them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

// Runs of letters, digits and marks, as the search indexes cut texts; everything else only parts them. At
// most kWordLimit, each at most 100 bytes.
inline constexpr std::size_t kWordLimit = 16;
std::vector<std::string> words_of(std::string_view text);

// All words must occur, the last may be a beginning. No character of the input has a meaning of its own.
// Empty when there is no word.
std::string search_expression(std::string_view text, sql::Dialect dialect);

}  // namespace parley::storage::call_log
