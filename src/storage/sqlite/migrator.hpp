// Brings a database to the schema this program knows: numbered steps, each in a transaction, recorded in
// schema_migrations(version, name, applied_at). Thread: the one that owns the Database.
#pragma once

#include <span>
#include <string_view>

#include "base/result.hpp"
#include "storage/call_store.hpp"

namespace parley::storage::sqlite {

class Database;

struct Migration {
  int version;  // from 1, rising without gaps
  std::string_view name;
  std::string_view sql;
};

// Those in migrations/sqlite, in order; static storage.
std::span<const Migration> embedded_migrations();

// Applies what is missing and returns how many steps that were. A step that fails leaves no trace of itself.
// Two processes may migrate at once. Errc::invalid_argument when the database comes from a newer Parley.
Result<int> migrate(Database& database, std::span<const Migration> migrations, WallMillis now);

// For readers, who must not write: an error unless the database has exactly this schema.
Result<void> check_schema(Database& database, std::span<const Migration> migrations);

}  // namespace parley::storage::sqlite
