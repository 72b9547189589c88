#include "app/stores.hpp"

#include <utility>

#include "storage/call_log.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"

namespace parley::app {

Result<Stores> open_stores(const settings::Settings& settings, metrics::Registry& registry) {
  const std::filesystem::path data_dir = settings.data_dir;
  const std::filesystem::path key_file =
      settings.secrets.file.empty() ? data_dir / "secret.key" : std::filesystem::path(settings.secrets.file);
  auto vault = security::Vault::open(settings.secrets.key, key_file);
  if (!vault) return fail(std::move(vault.error()));
  auto database = settings.database_url.empty()
                      ? storage::sql::open_sqlite((data_dir / storage::kSqliteFile).string(), {})
                      : storage::sql::open_postgres(settings.database_url, {});
  if (!database) return fail(std::move(database.error()));
  // A SQLite file has one node whatever its name is now, and what an older one left open is this one's.
  const std::string node = settings.database_url.empty() ? std::string() : settings.node;
  auto calls = storage::open_call_log(**database, {.spool_dir = data_dir / "spool", .node = node}, registry);
  if (!calls) return fail(std::move(calls.error()));
  auto control = storage::make_control_store(**database);
  return Stores{std::move(*vault), std::move(*database), std::move(*calls), std::move(control)};
}

}  // namespace parley::app
