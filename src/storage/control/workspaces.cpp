#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kSelect = "SELECT id, name, settings, etag, created_at FROM workspaces";

WorkspaceRecord read_workspace(RowReader& row) {
  return {.id = row.text(),
          .name = row.text(),
          .settings = row.text(),
          .etag = row.integer(),
          .created_at = row.integer()};
}

}  // namespace

Result<std::vector<WorkspaceRecord>> SqlControlStore::list_workspaces() {
  return control::list(database_, fmt::format("{} ORDER BY created_at, id", kSelect), {}, read_workspace);
}

Result<WorkspaceRecord> SqlControlStore::find_workspace(const std::string& id) {
  return control::find(database_, fmt::format("{} WHERE id = ?", kSelect), {id}, read_workspace,
                       control::no_record("workspace", id));
}

Result<void> SqlControlStore::create_workspace(const WorkspaceRecord& record) {
  return control::insert(
      database_, "INSERT INTO workspaces (id, name, settings, etag, created_at) VALUES (?, ?, ?, ?, ?)",
      {record.id, record.name, record.settings, record.etag, record.created_at},
      fmt::format("a workspace '{}' is there already", record.id));
}

Result<void> SqlControlStore::delete_empty_workspace(const std::string& id) {
  return control::change_one(
      database_,
      "DELETE FROM workspaces WHERE id = ? AND NOT EXISTS (SELECT 1 FROM users WHERE users.workspace_id = "
      "workspaces.id)",
      {id}, fmt::format("there is no workspace '{}' without users", id));
}

Result<std::int64_t> SqlControlStore::update_workspace(const WorkspaceRecord& record,
                                                       std::int64_t expected_etag) {
  const std::string sql = fmt::format(
      "UPDATE workspaces SET name = ?, settings = ?, etag = etag + 1 WHERE id = ? AND {} RETURNING etag",
      control::kEtagMatches);
  const Result<sql::Rows> rows = control::change_and_tell(
      database_, sql, {record.name, record.settings, record.id, expected_etag, expected_etag});
  if (!rows) return fail(rows.error());
  if (!rows->empty()) return rows->integer(0, 0);
  const Result<WorkspaceRecord> current = find_workspace(record.id);
  if (!current) return fail(current.error());
  return fail(
      Errc::conflict,
      fmt::format("the workspace was changed meanwhile (its etag is {} now): read it again and repeat "
                  "the change",
                  current->etag));
}

}  // namespace parley::storage
