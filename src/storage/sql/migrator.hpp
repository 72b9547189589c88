// Brings a database to the schema this program knows: numbered steps, each in a transaction, recorded in
// schema_migrations(version, name, applied_at). Thread: the one that owns the Connection.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::sql {

struct Migration {
  int version;  // from 1, rising without gaps
  std::string_view name;
  std::string_view sql;
};

// Those in migrations/sqlite or migrations/postgres, in order; static storage.
std::span<const Migration> embedded_migrations(Dialect dialect);

// Applies what is missing and returns how many steps that were. A step that fails leaves no trace of itself.
// Two processes may migrate at once. Errc::invalid_argument when the database comes from a newer Parley.
// `place` is the database's name in messages, `now` milliseconds since 1970.
Result<int> migrate(Connection& connection, const std::string& place, std::span<const Migration> migrations,
                    std::int64_t now);

// 0: nothing was ever migrated here.
Result<int> schema_version(Connection& connection);

// For readers, who must not write: an error unless the database has exactly this schema.
Result<void> check_schema(Connection& connection, const std::string& place,
                          std::span<const Migration> migrations);

}  // namespace parley::storage::sql
