// What calls used, summed up. Thread: the one that has the Connection at the time.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

// A group's calls and seconds are the same in each of its rows (one for each currency): rows of one group
// must not be added up. `workspace` empty: all of them.
Result<std::vector<UsageSum>> sum_usage(sql::Connection& connection, const std::string& workspace,
                                        WallMillis since, WallMillis before, UsageGroup group);

}  // namespace parley::storage::call_log
