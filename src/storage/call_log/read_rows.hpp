// Answers of the database as the call log's records.
#pragma once

#include <string_view>
#include <vector>

#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

// "SELECT … FROM calls c LEFT JOIN recordings r …" up to where a WHERE may follow; read_summaries() knows its
// columns.
extern const std::string_view kSelectSummaries;
std::vector<CallSummary> read_summaries(const sql::Rows& rows);

Result<std::vector<TurnRecord>> read_turns(sql::Connection& connection, const std::string& call_id);
Result<std::vector<EventRecord>> read_events(sql::Connection& connection, const std::string& call_id);
Result<std::vector<UsageRecord>> read_usage(sql::Connection& connection, const std::string& call_id);
Result<std::optional<TranscriptRecord>> read_transcript(sql::Connection& connection,
                                                        const std::string& call_id);

}  // namespace parley::storage::call_log
