#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "id, workspace_id, url, description, sealed_secret, events, enabled, etag, created_at, updated_at";
constexpr std::string_view kNoun = "webhook";

WebhookRecord read_webhook(RowReader& row) {
  return {.id = row.text(),
          .workspace_id = row.text(),
          .url = row.text(),
          .description = row.text(),
          .sealed_secret = row.text(),
          .events = control::texts_of(row.text()),
          .enabled = row.flag(),
          .etag = row.integer(),
          .created_at = row.integer(),
          .updated_at = row.integer()};
}

std::string select(std::string_view where) {
  return fmt::format("SELECT {} FROM webhooks WHERE {}", kColumns, where);
}

}  // namespace

Result<std::vector<WebhookRecord>> SqlControlStore::list_webhooks(const std::string& workspace) {
  return control::list(database_, select("workspace_id = ? ORDER BY created_at, id"), {workspace},
                       read_webhook);
}

Result<WebhookRecord> SqlControlStore::find_webhook(const std::string& workspace, const std::string& id) {
  return control::find(database_, select("workspace_id = ? AND id = ?"), {workspace, id}, read_webhook,
                       control::no_record(kNoun, id));
}

Result<void> SqlControlStore::create_webhook(const WebhookRecord& record) {
  return control::insert(
      database_, fmt::format("INSERT INTO webhooks ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", kColumns),
      {record.id, record.workspace_id, record.url, record.description, record.sealed_secret,
       control::to_json(record.events), record.enabled, record.etag, record.created_at, record.updated_at},
      fmt::format("a webhook '{}' is there already", record.id));
}

Result<std::int64_t> SqlControlStore::update_webhook(const WebhookRecord& record,
                                                     std::int64_t expected_etag) {
  const std::string sql = fmt::format(
      "UPDATE webhooks SET url = ?, description = ?, sealed_secret = ?, events = ?, enabled = ?, updated_at "
      "= "
      "?, etag = etag + 1 WHERE workspace_id = ? AND id = ? AND {} RETURNING etag",
      control::kEtagMatches);
  return control::update_record(
      database_, {"webhooks", kNoun, record.workspace_id, record.id}, sql,
      {record.url, record.description, record.sealed_secret, control::to_json(record.events), record.enabled,
       record.updated_at, record.workspace_id, record.id, expected_etag, expected_etag},
      "");
}

Result<void> SqlControlStore::delete_webhook(const std::string& workspace, const std::string& id) {
  return control::change_one(database_, "DELETE FROM webhooks WHERE workspace_id = ? AND id = ?",
                             {workspace, id}, control::no_record(kNoun, id));
}

}  // namespace parley::storage
