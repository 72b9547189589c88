// Removing from the call log, within the caller's transaction. What is left to remove outside the database is
// given back. Calls that are not over are left alone: their rows are still being written.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

// Errc::not_found, Errc::conflict while it is not over.
Result<std::vector<RemovedRecording>> remove_call(sql::Connection& connection, const std::string& workspace,
                                                  const std::string& id);
// Of the human side: who rang, or who was rung. Errc::invalid_argument for a number without digits.
Result<std::vector<RemovedRecording>> remove_caller(sql::Connection& connection, const std::string& workspace,
                                                    const std::string& number, int* calls);
Result<std::vector<RemovedRecording>> remove_older(sql::Connection& connection, const std::string& workspace,
                                                   WallMillis before, bool only_recordings, int limit);

}  // namespace parley::storage::call_log
