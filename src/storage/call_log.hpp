// Opens the call log over a database of either kind.
#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "base/result.hpp"
#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage {

struct CallLogOptions {
  // Where rows wait while the database is away; made when it is missing. One process per directory. Empty:
  // they wait in memory.
  std::filesystem::path spool_dir{};
  // Of several servers that share a database each has a name of its own, and keeps it when it starts again.
  std::string node{};
  std::size_t queue_limit = 100'000;           // rows in memory; more are dropped and counted
  std::chrono::milliseconds batch_delay{100};  // the longest a row waits for company
  std::chrono::milliseconds retry_delay{1000};
};

// One thread of its own writes. `database` and `registry` outlive the store. The destructor commits what is
// queued, or leaves it in the spool for the next start.
Result<std::unique_ptr<CallStore>> open_call_log(sql::Database& database, CallLogOptions options,
                                                 metrics::Registry& registry);

// For commands beside a running server: what is appended is dropped and counted, and flush answers
// permission_denied at once on the caller's thread.
std::unique_ptr<CallStore> open_call_log_for_reading(sql::Database& database, metrics::Registry& registry);

}  // namespace parley::storage
