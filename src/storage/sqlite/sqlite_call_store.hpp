// The call log in one SQLite file of its own, database and all: for commands and tests. A server opens the
// database itself (storage/sql/database.hpp) and the call log over it (storage/call_log.hpp).
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string_view>

#include "base/metrics.hpp"
#include "base/result.hpp"
#include "storage/call_store.hpp"

namespace parley::storage {

// Its name in the data directory.
inline constexpr std::string_view kSqliteFile = "parley.db";

struct SqliteOptions {
  // For a command beside a running server: nothing is made or migrated; what is appended is dropped and
  // counted, and flush answers permission_denied at once on the caller's thread.
  bool read_only = false;
  std::size_t queue_limit = 100'000;              // rows waiting; more are dropped and counted
  std::chrono::milliseconds batch_delay{100};     // the longest a row waits for company
  std::chrono::milliseconds lock_patience{5000};  // for another program's lock
  std::filesystem::path spool_dir{};              // as in CallLogOptions
};

// Makes or migrates the database first. Errors are one sentence that names the path and the fix. `registry`
// outlives the store. The destructor commits what is queued.
Result<std::unique_ptr<CallStore>> open_sqlite_call_store(const std::filesystem::path& path,
                                                          const SqliteOptions& options,
                                                          metrics::Registry& registry);

}  // namespace parley::storage
