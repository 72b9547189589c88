// What the writer's queue carries, and the statements it becomes.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "storage/call_store.hpp"

namespace parley::storage::sqlite {

class Database;

struct EndRow {
  std::string call_id;
  CallEnd end;
};

using Row =
    std::variant<CallRecord, EndRow, TurnRecord, EventRecord, RecordingRecord, UsageRecord, TranscriptRecord>;

// For the log: which row it was, without its content.
std::string_view kind_of(const Row& row);
const std::string& call_id_of(const Row& row);

// Within the caller's transaction. Errc::not_found: the end of a call that is not there.
Result<void> write_row(Database& database, const Row& row);

}  // namespace parley::storage::sqlite
