// What answers have in common: times as text, and cursors of pages.
#pragma once

#include <string>
#include <string_view>

#include "api/problem.hpp"
#include "base/clock.hpp"
#include "storage/call_store.hpp"

namespace parley::api {

using parley::utc_time;  // 2026-11-21T08:00:00.000Z

// Where the next page begins: the last record of the page before.
struct PageCursor {
  storage::WallMillis at = 0;  // of listings by time; else 0
  std::string id;
};

// Opaque and safe in addresses.
std::string encode_cursor(const PageCursor& cursor);
// The problem is a 400 that names /query/cursor.
std::expected<PageCursor, Problem> decode_cursor(std::string_view text);

}  // namespace parley::api
