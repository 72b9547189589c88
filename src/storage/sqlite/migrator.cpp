#include "storage/sqlite/migrator.hpp"

#include <string>

#include "storage/sqlite/database.hpp"

namespace parley::storage::sqlite {
namespace {

constexpr const char* kVersionTable =
    "CREATE TABLE IF NOT EXISTS schema_migrations ("
    " version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT";

int newest(std::span<const Migration> migrations) {
  return migrations.empty() ? 0 : migrations.back().version;
}

Result<int> schema_version(Database& database) {
  Result<Query> exists = database.query(
      "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = 'schema_migrations'");
  if (!exists) return fail(exists.error());
  Result<bool> row = exists->step();
  if (!row) return fail(row.error());
  if (exists->integer(0) == 0) return 0;

  Result<Query> version = database.query("SELECT coalesce(max(version), 0) FROM schema_migrations");
  if (!version) return fail(version.error());
  row = version->step();
  if (!row) return fail(row.error());
  return static_cast<int>(version->integer(0));
}

std::unexpected<Error> from_newer(const Database& database, int version, int known) {
  return fail(
      Errc::invalid_argument,
      fmt::format(
          "{} was written by a newer Parley (schema {}, this one knows {}): update this program or choose "
          "another data directory",
          database.path(), version, known));
}

// In the transaction of the caller, who rolls back on failure.
Result<bool> apply_unless_done(Database& database, const Migration& migration, WallMillis now) {
  // Another process may have been quicker between our look and our lock.
  const Result<int> version = schema_version(database);
  if (!version) return fail(version.error());
  if (*version >= migration.version) return false;
  if (Result<void> applied = database.execute(std::string(migration.sql)); !applied)
    return fail(applied.error());
  Result<Query> record =
      database.query("INSERT INTO schema_migrations (version, name, applied_at) VALUES (?, ?, ?)");
  if (!record) return fail(record.error());
  if (Result<void> recorded =
          record->bind(std::int64_t{migration.version}).bind(migration.name).bind(now).run();
      !recorded) {
    return fail(recorded.error());
  }
  return true;
}

Result<bool> apply(Database& database, const Migration& migration, WallMillis now) {
  if (Result<void> begun = database.execute("BEGIN IMMEDIATE"); !begun) return fail(begun.error());
  Result<bool> applied = apply_unless_done(database, migration, now);
  if (applied) {
    if (Result<void> committed = database.execute("COMMIT"); !committed) applied = fail(committed.error());
  }
  if (!applied) {
    database.roll_back();
    return fail(applied.error().code, fmt::format("migration {:04}_{} failed: {}", migration.version,
                                                  migration.name, applied.error().message));
  }
  return applied;
}

}  // namespace

Result<int> migrate(Database& database, std::span<const Migration> migrations, WallMillis now) {
  Result<int> version = schema_version(database);
  if (!version) return fail(version.error());
  if (*version > newest(migrations)) return from_newer(database, *version, newest(migrations));
  // The usual start writes nothing, so that it does not wait for anybody's lock.
  if (*version == newest(migrations)) return 0;

  if (Result<void> made = database.execute(kVersionTable); !made) return fail(made.error());
  int count = 0;
  for (const Migration& migration : migrations) {
    if (migration.version <= *version) continue;
    const Result<bool> applied = apply(database, migration, now);
    if (!applied) return fail(applied.error());
    if (*applied) ++count;
  }
  return count;
}

Result<void> check_schema(Database& database, std::span<const Migration> migrations) {
  const Result<int> version = schema_version(database);
  if (!version) return fail(version.error());
  if (*version > newest(migrations)) return from_newer(database, *version, newest(migrations));
  if (*version < newest(migrations)) {
    return fail(
        Errc::invalid_argument,
        fmt::format("{} has schema {}, this Parley needs {}: start the server once to bring it up to date",
                    database.path(), *version, newest(migrations)));
  }
  return {};
}

}  // namespace parley::storage::sqlite
