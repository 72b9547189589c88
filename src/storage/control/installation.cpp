#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kAuditColumns = "id, workspace_id, at, actor, action, target, address, detail";

AuditRecord read_audit(RowReader& row) {
  return {.id = row.text(),
          .workspace_id = row.text(),
          .at = row.integer(),
          .actor = row.text(),
          .action = row.text(),
          .target = row.text(),
          .address = row.text(),
          .detail = row.text()};
}

std::string read_text(RowReader& row) {
  return row.text();
}

}  // namespace

Result<std::optional<std::string>> SqlControlStore::find_instance_value(const std::string& name) {
  const auto values =
      control::list(database_, "SELECT value FROM instance_values WHERE name = ?", {name}, read_text);
  if (!values) return fail(values.error());
  if (values->empty()) return std::nullopt;
  return values->front();
}

Result<void> SqlControlStore::put_instance_value(const std::string& name, const std::string& value) {
  const auto put =
      control::change(database_,
                      "INSERT INTO instance_values (name, value) VALUES (?, ?) ON CONFLICT (name) "
                      "DO UPDATE SET value = excluded.value",
                      {name, value});
  if (!put) return fail(put.error());
  return {};
}

Result<void> SqlControlStore::append_audit(const AuditRecord& record) {
  return control::insert(database_,
                         fmt::format("INSERT INTO audit ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kAuditColumns),
                         {record.id, record.workspace_id, record.at, record.actor, record.action,
                          record.target, record.address, record.detail},
                         fmt::format("the entry '{}' is there already", record.id));
}

Result<std::vector<AuditRecord>> SqlControlStore::list_audit(const std::string& workspace, const Page& page) {
  std::string sql = fmt::format("SELECT {} FROM audit WHERE workspace_id = ?", kAuditColumns);
  std::vector<sql::Value> values{workspace};
  if (!page.after.empty()) {
    sql += " AND id < ?";
    values.emplace_back(page.after);
  }
  sql += " ORDER BY id DESC LIMIT ?";
  values.emplace_back(control::page_limit(page.limit));
  return control::list(database_, sql, values, read_audit);
}

}  // namespace parley::storage
