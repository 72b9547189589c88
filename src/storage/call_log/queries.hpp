// Reading the call log. Thread: the one that has the Connection at the time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

// A statement and its values.
struct Statement {
  std::string sql;
  std::vector<sql::Value> values;
};

// The statements whose answers together, merged, are the listing: more than one because no index is in the
// order of two columns at once (a number may be the caller's or the called one's). `filter` names its
// workspace. With words in it, only the `newest` calls that fulfil the rest are looked at; 0 is all calls.
std::vector<Statement> list_statements(const CallFilter& filter, sql::Dialect dialect, std::int64_t newest);
// For each of them how many calls fulfil the filter apart from its words; `most` are counted.
std::vector<Statement> count_statements(const CallFilter& filter, std::int64_t most);

Result<std::vector<CallSummary>> list_calls(sql::Connection& connection, const CallFilter& filter);
Result<std::optional<CallSummary>> find_by_carrier_id(sql::Connection& connection, const std::string& carrier,
                                                      const std::string& carrier_call_id);
Result<std::vector<CallSummary>> open_outbound_calls(sql::Connection& connection, const std::string& node,
                                                     int limit);
Result<std::vector<CallSummary>> unfinished_calls(sql::Connection& connection, const std::string& node);
Result<std::vector<CallSummary>> unfinished_recordings(sql::Connection& connection, const std::string& node,
                                                       int limit);
Result<std::vector<CallSummary>> unstored_recordings(sql::Connection& connection, const std::string& node,
                                                     const std::string& kind, int limit);
Result<CallDetail> find_call(sql::Connection& connection, const std::string& id_or_prefix,
                             const std::string& workspace);

// Every workspace that has calls.
Result<std::vector<std::string>> workspaces_of_calls(sql::Connection& connection);

}  // namespace parley::storage::call_log
