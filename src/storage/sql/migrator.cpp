#include "storage/sql/migrator.hpp"

namespace parley::storage::sql {
namespace {

constexpr const char* kVersionTableSqlite =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";
constexpr const char* kVersionTablePostgres =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " version BIGINT PRIMARY KEY, name TEXT NOT NULL, applied_at BIGINT NOT NULL)";
// Any number that no other program is likely to lock in this database.
constexpr std::int64_t kAdvisoryLock = 0x7061726c6579;

int newest(std::span<const Migration> migrations) {
  return migrations.empty() ? 0 : migrations.back().version;
}

std::unexpected<Error> from_newer(const std::string& place, int version, int known) {
  return fail(
      Errc::invalid_argument,
      fmt::format(
          "{} was written by a newer Parley (schema {}, this one knows {}): update this program or choose "
          "another data directory",
          place, version, known));
}

// In the transaction of the caller, who rolls back on failure.
Result<bool> apply_unless_done(Connection& connection, const Migration& migration, std::int64_t now) {
  if (connection.dialect() == Dialect::postgres) {
    // Until the end of the transaction: of two nodes that start at once one waits here.
    if (auto locked = connection.query("SELECT pg_advisory_xact_lock(?)", {kAdvisoryLock}); !locked)
      return fail(locked.error());
  }
  const char* table = connection.dialect() == Dialect::sqlite ? kVersionTableSqlite : kVersionTablePostgres;
  if (auto made = connection.script(table); !made) return fail(made.error());
  // Another process may have been quicker between our look and our lock.
  const Result<int> version = schema_version(connection);
  if (!version) return fail(version.error());
  if (*version >= migration.version) return false;
  if (auto applied = connection.script(std::string(migration.sql)); !applied) return fail(applied.error());
  const auto recorded =
      connection.run("INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)",
                     {std::int64_t{migration.version}, std::string(migration.name), now});
  if (!recorded) return fail(recorded.error());
  if (connection.dialect() == Dialect::sqlite) {
    const auto orphans = connection.query("PRAGMA foreign_key_check");
    if (!orphans) return fail(orphans.error());
    if (!orphans->empty()) {
      return fail(Errc::internal, fmt::format("rows of {} refer to nothing any more", orphans->text(0, 0)));
    }
  }
  return true;
}

Result<bool> apply(Connection& connection, const Migration& migration, std::int64_t now) {
  if (auto begun = connection.begin(); !begun) return fail(begun.error());
  Result<bool> applied = apply_unless_done(connection, migration, now);
  if (applied) {
    if (auto committed = connection.commit(); !committed) applied = fail(committed.error());
  }
  if (!applied) {
    connection.roll_back();
    return fail(applied.error().code, fmt::format("migration {:04}_{} failed: {}", migration.version,
                                                  migration.name, applied.error().message));
  }
  return applied;
}

Result<int> apply_missing(Connection& connection, std::span<const Migration> migrations, int version,
                          std::int64_t now) {
  int count = 0;
  for (const Migration& migration : migrations) {
    if (migration.version <= version) continue;
    const Result<bool> applied = apply(connection, migration, now);
    if (!applied) return fail(applied.error());
    if (*applied) ++count;
  }
  return count;
}

}  // namespace

Result<int> schema_version(Connection& connection) {
  const auto exists = connection.dialect() == Dialect::sqlite
                          ? connection.query(
                                "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = "
                                "'schema_migrations'")
                          : connection.query("SELECT to_regclass('schema_migrations') IS NOT NULL");
  if (!exists) return fail(exists.error());
  if (exists->integer(0, 0) == 0) return 0;
  const auto version = connection.query("SELECT coalesce(max(version), 0) FROM schema_migrations");
  if (!version) return fail(version.error());
  return static_cast<int>(version->integer(0, 0));
}

Result<int> migrate(Connection& connection, const std::string& place, std::span<const Migration> migrations,
                    std::int64_t now) {
  const Result<int> version = schema_version(connection);
  if (!version) return fail(version.error());
  if (*version > newest(migrations)) return from_newer(place, *version, newest(migrations));
  // The usual start writes nothing, so that it does not wait for anybody's lock.
  if (*version == newest(migrations)) return 0;

  // SQLite remakes a table by dropping it, which must not take the rows along that refer to it. The switch
  // works outside transactions only.
  const bool sqlite = connection.dialect() == Dialect::sqlite;
  if (sqlite) {
    if (auto off = connection.script("PRAGMA foreign_keys = OFF"); !off) return fail(off.error());
  }
  Result<int> count = apply_missing(connection, migrations, *version, now);
  if (sqlite) {
    if (auto on = connection.script("PRAGMA foreign_keys = ON"); !on && count) return fail(on.error());
  }
  return count;
}

Result<void> check_schema(Connection& connection, const std::string& place,
                          std::span<const Migration> migrations) {
  const Result<int> version = schema_version(connection);
  if (!version) return fail(version.error());
  if (*version > newest(migrations)) return from_newer(place, *version, newest(migrations));
  if (*version < newest(migrations)) {
    return fail(
        Errc::invalid_argument,
        fmt::format("{} has schema {}, this Parley needs {}: start the server once to bring it up to date",
                    place, *version, newest(migrations)));
  }
  return {};
}

}  // namespace parley::storage::sql
