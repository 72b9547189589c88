#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "id, workspace_id, name, prefix, key_hash, scopes, created_by, created_at, expires_at, last_used_at, "
    "revoked_at";

constexpr WallMillis kMinute = 60'000;

ApiKeyRecord read_key(RowReader& row) {
  return {.id = row.text(),
          .workspace_id = row.text(),
          .name = row.text(),
          .prefix = row.text(),
          .key_hash = row.text(),
          .scopes = control::texts_of(row.text()),
          .created_by = row.text(),
          .created_at = row.integer(),
          .expires_at = row.integer(),
          .last_used_at = row.integer(),
          .revoked_at = row.integer()};
}

std::string select(std::string_view where) {
  return fmt::format("SELECT {} FROM api_keys WHERE {}", kColumns, where);
}

}  // namespace

Result<std::vector<ApiKeyRecord>> SqlControlStore::list_api_keys(const std::string& workspace) {
  return control::list(database_, select("workspace_id = ? ORDER BY created_at, id"), {workspace}, read_key);
}

Result<ApiKeyRecord> SqlControlStore::find_api_key(const std::string& workspace, const std::string& id) {
  return control::find(database_, select("workspace_id = ? AND id = ?"), {workspace, id}, read_key,
                       control::no_record("API key", id));
}

Result<ApiKeyRecord> SqlControlStore::find_api_key_by_hash(const std::string& key_hash) {
  return control::find(database_, select("key_hash = ?"), {key_hash}, read_key, "no such API key");
}

Result<void> SqlControlStore::create_api_key(const ApiKeyRecord& record) {
  return control::insert(
      database_, fmt::format("INSERT INTO api_keys ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", kColumns),
      {record.id, record.workspace_id, record.name, record.prefix, record.key_hash,
       control::to_json(record.scopes), record.created_by, record.created_at, record.expires_at,
       record.last_used_at, record.revoked_at},
      "this API key is there already");
}

Result<void> SqlControlStore::revoke_api_key(const std::string& workspace, const std::string& id,
                                             WallMillis now) {
  // Revoked again it keeps the time of the first.
  return control::change_one(database_,
                             "UPDATE api_keys SET revoked_at = CASE WHEN revoked_at = 0 THEN ? ELSE "
                             "revoked_at END WHERE workspace_id = ? AND id = ?",
                             {now, workspace, id}, control::no_record("API key", id));
}

Result<void> SqlControlStore::touch_api_key(const std::string& id, WallMillis now) {
  const WallMillis minute = now - now % kMinute;
  {
    // Most requests find the minute there and write nothing.
    auto reader = database_.reader();
    if (!reader) return fail(std::move(reader.error()));
    const auto rows = (*reader)->query("SELECT last_used_at FROM api_keys WHERE id = ?", {id});
    if (!rows) return fail(rows.error());
    if (rows->empty()) return fail(Errc::not_found, control::no_record("API key", id));
    if (rows->integer(0, 0) >= minute) return {};
  }
  const auto touched =
      control::change(database_, "UPDATE api_keys SET last_used_at = ? WHERE id = ? AND last_used_at < ?",
                      {minute, id, minute});
  if (!touched) return fail(touched.error());
  return {};
}

}  // namespace parley::storage
