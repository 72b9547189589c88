// `parley migrate`, `backup` and `restore`.
//
// A backup is a directory: parley.db, a copy of the whole SQLite database as of one moment, and recordings/
// if wanted. The key that opens stored secrets is not in it: whoever has both has the secrets. PostgreSQL is
// backed up with its own pg_dump.
//
// Blocking. Exit codes: 0, or 1 after one sentence on `err`.
#pragma once

#include <filesystem>
#include <iosfwd>

#include "settings/settings.hpp"

namespace parley::app {

// Brings the database to this program's schema, making it if need be.
int run_migrate(const settings::Settings& settings, std::ostream& out, std::ostream& err);

// Beside a running server or without one. The directory is there under its name when it is whole.
int run_backup(const settings::Settings& settings, const std::filesystem::path& to, bool recordings,
               std::ostream& out, std::ostream& err);

// Only while no server runs. `force`: what is there is put aside under another name. Recordings that are
// there already stay as they are.
int run_restore(const settings::Settings& settings, const std::filesystem::path& from, bool force,
                std::ostream& out, std::ostream& err);

}  // namespace parley::app
