#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "workspace_id, request_key, operation, fingerprint, status, response, created_at";

IdempotencyRecord read_record(RowReader& row) {
  return {.workspace_id = row.text(),
          .key = row.text(),
          .operation = row.text(),
          .fingerprint = row.text(),
          .status = row.number(),
          .response = row.text(),
          .created_at = row.integer()};
}

// True: the row is ours now. One statement, so that of two who begin at once one gets the row; one that was
// begun long ago and never finished belongs to a process that died, and is taken over.
Result<bool> claim(sql::Connection& connection, const IdempotencyRecord& record,
                   WallMillis abandoned_before) {
  const auto rows = connection.query(
      fmt::format("INSERT INTO idempotency ({}) VALUES (?, ?, ?, ?, 0, '', ?) ON CONFLICT (workspace_id, "
                  "request_key) DO UPDATE SET operation = excluded.operation, fingerprint = "
                  "excluded.fingerprint, created_at = excluded.created_at WHERE idempotency.status = 0 AND "
                  "idempotency.created_at < ? RETURNING created_at",
                  kColumns),
      {record.workspace_id, record.key, record.operation, record.fingerprint, record.created_at,
       abandoned_before});
  if (!rows) return fail(rows.error());
  return !rows->empty();
}

}  // namespace

Result<std::optional<IdempotencyRecord>> SqlControlStore::begin_idempotent(const IdempotencyRecord& record,
                                                                           WallMillis abandoned_before) {
  auto writer = database_.writer();
  if (!writer) return fail(std::move(writer.error()));
  // What is there may be forgotten between the two statements: then it is free for us.
  for (int attempt = 0; attempt < 5; ++attempt) {
    const Result<bool> claimed = claim(**writer, record, abandoned_before);
    if (!claimed) return fail(claimed.error());
    if (*claimed) return std::nullopt;
    auto existing = control::list(
        **writer,
        fmt::format("SELECT {} FROM idempotency WHERE workspace_id = ? AND request_key = ?", kColumns),
        {record.workspace_id, record.key}, read_record);
    if (!existing) return fail(std::move(existing.error()));
    if (!existing->empty()) return std::move(existing->front());
  }
  return fail(Errc::conflict, "others begin and forget requests with this idempotency key: try again");
}

Result<void> SqlControlStore::finish_idempotent(const IdempotencyRecord& record) {
  // Not the row of another request that took the key over after this one seemed dead.
  return control::change_one(
      database_,
      "UPDATE idempotency SET status = ?, response = ? WHERE workspace_id = ? AND "
      "request_key = ? AND fingerprint = ? AND status = 0",
      {record.status, record.response, record.workspace_id, record.key, record.fingerprint},
      "no request at work has this idempotency key");
}

Result<void> SqlControlStore::forget_idempotent(const std::string& workspace, const std::string& key) {
  const auto deleted = control::change(
      database_, "DELETE FROM idempotency WHERE workspace_id = ? AND request_key = ?", {workspace, key});
  if (!deleted) return fail(deleted.error());
  return {};
}

}  // namespace parley::storage
