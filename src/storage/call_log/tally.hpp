// How a span of time went, counted. Thread: the one that has the Connection at the time.
#pragma once

#include <string>

#include "base/result.hpp"
#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

// CallStore::tally and CallStore::seen; `workspace` is one.
Result<CallTally> tally(sql::Connection& connection, const std::string& workspace, WallMillis since,
                        WallMillis before);
Result<CallsSeen> seen(sql::Connection& connection, const std::string& workspace,
                       const std::string& simulator);

}  // namespace parley::storage::call_log
