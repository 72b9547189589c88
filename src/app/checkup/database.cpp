#include <fmt/format.h>

#include "app/checkup/finding.hpp"
#include "app/data_directory.hpp"
#include "storage/sql/migrator.hpp"

namespace parley::app {
namespace {

using storage::sql::Connection;
using storage::sql::Dialect;

// Does a transaction that writes begin? It is rolled back.
Result<void> try_to_write(storage::sql::Database& database) {
  auto lease = database.writer();
  if (!lease) return fail(std::move(lease.error()));
  if (database.dialect() == Dialect::postgres) {
    const auto rights = (*lease)->query(
        "SELECT pg_is_in_recovery(), has_table_privilege('calls', 'INSERT') AND "
        "has_table_privilege('calls', 'UPDATE')");
    if (!rights) return fail(rights.error());
    if (rights->integer(0, 0) != 0)
      return fail(Errc::unavailable, "it is a standby: DATABASE_URL must name the primary");
    if (rights->integer(0, 1) == 0) {
      return fail(Errc::permission_denied,
                  "its user may not write the tables: GRANT them, or name their owner in DATABASE_URL");
    }
  }
  if (auto begun = (*lease)->begin(); !begun) return begun;
  (*lease)->roll_back();
  return {};
}

Result<std::string> version_of(storage::sql::Database& database) {
  auto lease = database.reader();
  if (!lease) return fail(std::move(lease.error()));
  const bool sqlite = database.dialect() == Dialect::sqlite;
  const auto version = (*lease)->query(sqlite ? "SELECT sqlite_version()" : "SHOW server_version");
  if (!version) return fail(version.error());
  const auto schema = storage::sql::schema_version(**lease);
  if (!schema) return fail(schema.error());
  return fmt::format("{} {}, schema {}", sqlite ? "SQLite" : "PostgreSQL", version->text(0, 0), *schema);
}

}  // namespace

Findings check_database(const settings::Settings& settings) {
  const auto bad = [](const Error& error) -> Findings { return {{"database", Health::bad, error.message}}; };
  storage::sql::OpenOptions options;
  options.read_only = true;
  options.patience = std::chrono::seconds(3);
  {
    const auto database = open_existing_database(settings, options);
    if (!database && database.error().code == Errc::not_found)
      return {{"database", Health::unused, "there is none yet: the first start makes it"}};
    if (!database) return bad(database.error());
  }
  // It has this program's schema, so that opening it for writing changes nothing.
  options.read_only = false;
  const auto database = open_existing_database(settings, options);
  if (!database) return bad(database.error());
  const auto version = version_of(**database);
  if (!version) return bad(version.error());
  if (const auto written = try_to_write(**database); !written) {
    return bad({written.error().code,
                fmt::format("{} cannot be written: {}", (*database)->place(), written.error().message)});
  }
  return {{"database", Health::good, fmt::format("{}: {}", (*database)->place(), *version)}};
}

}  // namespace parley::app
