// Reading the call log. Thread: the one that owns the Database at the time.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/call_store.hpp"

namespace parley::storage::sqlite {

class Database;

// The statement for a filter of this shape; its text holds no values.
std::string list_calls_sql(const CallFilter& filter);

Result<std::vector<CallSummary>> list_calls(Database& database, const CallFilter& filter);
Result<std::vector<CallSummary>> unfinished_calls(Database& database);
Result<CallDetail> find_call(Database& database, const std::string& id_or_prefix);

}  // namespace parley::storage::sqlite
