// What the writer's queue and the spool carry, and the statements it becomes.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "base/result.hpp"
#include "storage/call_store.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::call_log {

struct CallRow {
  CallRecord call;
  std::string node;
};
struct EndRow {
  std::string call_id;
  CallEnd end;
};
// The id makes it the same event however often it is written.
struct EventRow {
  std::string id;
  EventRecord event;
};

using Row = std::variant<CallRow, EndRow, TurnRecord, EventRow, RecordingRecord, UsageRecord,
                         TranscriptRecord, RecordingBlob, CarrierWord, TransferRecord>;

// For the log and the spool: which row it is, without its content.
std::string_view kind_of(const Row& row);
const std::string& call_id_of(const Row& row);

// The last ten digits: what two ways to write one number have in common. Empty without any digit.
std::string number_key(std::string_view number);

// Within the caller's transaction. Writing the same row again changes nothing, so that rows of which nobody
// knows whether they arrived can be sent once more. Errc::not_found: the end of a call that is not
// there, or a word about it.
Result<void> write_row(sql::Connection& connection, const Row& row);

// True: the database, not the row, is to blame; the row is worth keeping.
bool is_passing(Errc code);

}  // namespace parley::storage::call_log
