#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "id, workspace_id, name, carrier, options, sealed_credentials, etag, created_at, updated_at";
constexpr std::string_view kNoun = "telephony configuration";

TelephonyConfigRecord read_config(RowReader& row) {
  return {.id = row.text(),
          .workspace_id = row.text(),
          .name = row.text(),
          .carrier = row.text(),
          .options = row.text(),
          .sealed_credentials = row.text(),
          .etag = row.integer(),
          .created_at = row.integer(),
          .updated_at = row.integer()};
}

std::string select(std::string_view where) {
  return fmt::format("SELECT {} FROM telephony_configs WHERE {}", kColumns, where);
}

}  // namespace

Result<std::vector<TelephonyConfigRecord>> SqlControlStore::list_telephony_configs(
    const std::string& workspace) {
  return control::list(database_, select("workspace_id = ? ORDER BY created_at, id"), {workspace},
                       read_config);
}

Result<TelephonyConfigRecord> SqlControlStore::find_telephony_config(const std::string& workspace,
                                                                     const std::string& id) {
  return control::find(database_, select("workspace_id = ? AND id = ?"), {workspace, id}, read_config,
                       control::no_record(kNoun, id));
}

Result<void> SqlControlStore::create_telephony_config(const TelephonyConfigRecord& record) {
  return control::insert(
      database_,
      fmt::format("INSERT INTO telephony_configs ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", kColumns),
      {record.id, record.workspace_id, record.name, record.carrier, record.options, record.sealed_credentials,
       record.etag, record.created_at, record.updated_at},
      fmt::format("a telephony configuration '{}' is there already", record.id));
}

Result<std::int64_t> SqlControlStore::update_telephony_config(const TelephonyConfigRecord& record,
                                                              std::int64_t expected_etag) {
  const std::string sql = fmt::format(
      "UPDATE telephony_configs SET name = ?, carrier = ?, options = ?, sealed_credentials = ?, updated_at = "
      "?, etag = etag + 1 WHERE workspace_id = ? AND id = ? AND {} RETURNING etag",
      control::kEtagMatches);
  return control::update_record(
      database_, {"telephony_configs", kNoun, record.workspace_id, record.id}, sql,
      {record.name, record.carrier, record.options, record.sealed_credentials, record.updated_at,
       record.workspace_id, record.id, expected_etag, expected_etag},
      "");
}

Result<void> SqlControlStore::delete_telephony_config(const std::string& workspace, const std::string& id) {
  return sql::in_transaction<void>(database_, [&](sql::Connection& connection) -> Result<void> {
    // Locked first, so that no number begins to use it meanwhile.
    if (auto locked = control::lock_record(connection, {"telephony_configs", kNoun, workspace, id}, 0);
        !locked) {
      return fail(locked.error());
    }
    const auto users = connection.query(
        "SELECT count(*) FROM phone_numbers WHERE workspace_id = ? AND telephony_config_id = ?",
        {workspace, id});
    if (!users) return fail(users.error());
    if (const std::int64_t count = users->integer(0, 0); count > 0) {
      return fail(
          Errc::conflict,
          fmt::format("{} phone number{} of this workspace use{} the configuration: give {} another "
                      "one first",
                      count, count == 1 ? "" : "s", count == 1 ? "s" : "", count == 1 ? "it" : "them"));
    }
    const auto deleted =
        connection.run("DELETE FROM telephony_configs WHERE workspace_id = ? AND id = ?", {workspace, id});
    if (!deleted) return fail(deleted.error());
    return {};
  });
}

}  // namespace parley::storage
