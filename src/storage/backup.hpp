// A copy of the whole database while it is in use.
#pragma once

#include <filesystem>

#include "base/result.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage {

// SQLite: a consistent copy as of its end, at `path` (mode 600, made beside it and renamed when it is whole),
// while others read and write. Errc::already_exists when something is there; Errc::invalid_argument for
// PostgreSQL, whose backups pg_dump makes. Blocks.
Result<void> back_up(sql::Database& database, const std::filesystem::path& path);

}  // namespace parley::storage
