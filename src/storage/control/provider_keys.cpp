#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "id, workspace_id, provider, sealed_key, hint, url, etag, created_at, updated_at";

ProviderKeyRecord read_key(RowReader& row) {
  return {.id = row.text(),
          .workspace_id = row.text(),
          .provider = row.text(),
          .sealed_key = row.text(),
          .hint = row.text(),
          .url = row.text(),
          .etag = row.integer(),
          .created_at = row.integer(),
          .updated_at = row.integer()};
}

}  // namespace

Result<std::vector<ProviderKeyRecord>> SqlControlStore::list_provider_keys(const std::string& workspace) {
  return control::list(
      database_,
      fmt::format("SELECT {} FROM provider_keys WHERE workspace_id = ? ORDER BY provider", kColumns),
      {workspace}, read_key);
}

Result<std::vector<ProviderKeyRecord>> SqlControlStore::all_provider_keys() {
  return control::list(database_,
                       fmt::format("SELECT {} FROM provider_keys ORDER BY workspace_id, provider", kColumns),
                       {}, read_key);
}

Result<void> SqlControlStore::put_provider_key(const ProviderKeyRecord& record) {
  return control::insert(
      database_,
      fmt::format(
          "INSERT INTO provider_keys ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (workspace_id, "
          "provider) DO UPDATE SET sealed_key = excluded.sealed_key, hint = excluded.hint, url = "
          "excluded.url, etag = provider_keys.etag + 1, updated_at = excluded.updated_at",
          kColumns),
      {record.id, record.workspace_id, record.provider, record.sealed_key, record.hint, record.url,
       record.etag, record.created_at, record.updated_at},
      fmt::format("a provider key '{}' is there already", record.id));
}

Result<void> SqlControlStore::delete_provider_key(const std::string& workspace, const std::string& provider) {
  return control::change_one(database_, "DELETE FROM provider_keys WHERE workspace_id = ? AND provider = ?",
                             {workspace, provider}, control::no_record("key for provider", provider));
}

}  // namespace parley::storage
