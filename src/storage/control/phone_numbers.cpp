#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "id, workspace_id, number, display_name, carrier, telephony_config_id, agent_id, owner, "
    "answer_with, after_recording, secret_hash, active, etag, created_at, updated_at";
constexpr std::string_view kNoun = "phone number";

PhoneNumberRecord read_number(RowReader& row) {
  return {.id = row.text(),
          .workspace_id = row.text(),
          .number = row.text(),
          .display_name = row.text(),
          .carrier = row.text(),
          .telephony_config_id = row.text(),
          .agent_id = row.text(),
          .owner = row.text(),
          .answer_with = row.text(),
          .after_recording = row.text(),
          .secret_hash = row.text(),
          .active = row.flag(),
          .etag = row.integer(),
          .created_at = row.integer(),
          .updated_at = row.integer()};
}

std::string select(std::string_view rest) {
  return fmt::format("SELECT {} FROM phone_numbers {}", kColumns, rest);
}

std::string taken(const PhoneNumberRecord& record) {
  return fmt::format("the phone number '{}' is there already", record.number);
}

Result<void> check_link(sql::Connection& connection, std::string_view table, std::string_view noun,
                        const std::string& workspace, const std::string& id) {
  if (id.empty()) return {};
  // What it links to stays until the end of the transaction.
  const auto rows = connection.query(fmt::format("SELECT id FROM {} WHERE workspace_id = ? AND id = ?{}",
                                                 table, control::keeping(connection)),
                                     {workspace, id});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(Errc::not_found, control::no_record(noun, id));
  return {};
}

// The foreign keys would refuse too, but without saying what is missing.
Result<void> check_links(sql::Connection& connection, const PhoneNumberRecord& record) {
  if (auto agent = check_link(connection, "agents", "agent", record.workspace_id, record.agent_id); !agent)
    return fail(agent.error());
  return check_link(connection, "telephony_configs", "telephony configuration", record.workspace_id,
                    record.telephony_config_id);
}

}  // namespace

Result<std::vector<PhoneNumberRecord>> SqlControlStore::list_phone_numbers(const std::string& workspace) {
  return control::list(database_, select("WHERE workspace_id = ? ORDER BY created_at, id"), {workspace},
                       read_number);
}

Result<std::vector<PhoneNumberRecord>> SqlControlStore::all_phone_numbers() {
  return control::list(database_, select("ORDER BY workspace_id, created_at, id"), {}, read_number);
}

Result<PhoneNumberRecord> SqlControlStore::find_phone_number(const std::string& workspace,
                                                             const std::string& id) {
  return control::find(database_, select("WHERE workspace_id = ? AND id = ?"), {workspace, id}, read_number,
                       control::no_record(kNoun, id));
}

Result<void> SqlControlStore::create_phone_number(const PhoneNumberRecord& record) {
  return sql::in_transaction<void>(database_, [&](sql::Connection& connection) -> Result<void> {
    if (auto linked = check_links(connection, record); !linked) return fail(linked.error());
    auto inserted = connection.run(
        fmt::format("INSERT INTO phone_numbers ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    kColumns),
        {record.id, record.workspace_id, record.number, record.display_name, record.carrier,
         control::reference(record.telephony_config_id), control::reference(record.agent_id), record.owner,
         record.answer_with, record.after_recording, record.secret_hash, record.active, record.etag,
         record.created_at, record.updated_at});
    if (!inserted) return fail(control::named(std::move(inserted.error()), taken(record)));
    return {};
  });
}

Result<std::int64_t> SqlControlStore::update_phone_number(const PhoneNumberRecord& record,
                                                          std::int64_t expected_etag) {
  const std::string sql = fmt::format(
      "UPDATE phone_numbers SET number = ?, display_name = ?, carrier = ?, telephony_config_id = ?, agent_id "
      "= ?, owner = ?, answer_with = ?, after_recording = ?, secret_hash = ?, active = ?, updated_at = ?, "
      "etag = etag + 1 WHERE workspace_id = ? AND id = ? AND {} "
      "RETURNING etag",
      control::kEtagMatches);
  return sql::in_transaction<std::int64_t>(
      database_, [&](sql::Connection& connection) -> Result<std::int64_t> {
        if (auto linked = check_links(connection, record); !linked) return fail(linked.error());
        return control::update_record(
            connection, {"phone_numbers", kNoun, record.workspace_id, record.id}, sql,
            {record.number, record.display_name, record.carrier,
             control::reference(record.telephony_config_id), control::reference(record.agent_id),
             record.owner, record.answer_with, record.after_recording, record.secret_hash, record.active,
             record.updated_at, record.workspace_id, record.id, expected_etag, expected_etag},
            taken(record));
      });
}

Result<void> SqlControlStore::delete_phone_number(const std::string& workspace, const std::string& id) {
  return control::change_one(database_, "DELETE FROM phone_numbers WHERE workspace_id = ? AND id = ?",
                             {workspace, id}, control::no_record(kNoun, id));
}

}  // namespace parley::storage
