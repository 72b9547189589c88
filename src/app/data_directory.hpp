// The data directory as commands beside a server use it: what lies where in it, and whether a server is at
// work there.
//
// Blocking. Errors are one sentence that says what to do.
#pragma once

#include <filesystem>
#include <memory>

#include "base/result.hpp"
#include "settings/settings.hpp"
#include "storage/sql/database.hpp"

namespace parley::app {

std::filesystem::path secret_file_of(const settings::Settings& settings);
std::filesystem::path database_file_of(const settings::Settings& settings);

// The one of the settings. Not read_only: migrated. SQLite: Errc::not_found when no server has made one yet.
Result<std::unique_ptr<storage::sql::Database>> open_existing_database(
    const settings::Settings& settings, const storage::sql::OpenOptions& options);

// Held by a server as long as it runs, and by commands that must not run beside one. Several servers may hold
// it, one such command alone. Gone with the process, however that ends.
class DirectoryClaim {
 public:
  static Result<DirectoryClaim> for_server(const std::filesystem::path& data_dir);
  // Errc::conflict while a server holds it; `doing` goes into the sentence: "the keys are changed".
  static Result<DirectoryClaim> for_command(const std::filesystem::path& data_dir, std::string_view doing);
  ~DirectoryClaim();
  DirectoryClaim(DirectoryClaim&& other) noexcept : file_(std::exchange(other.file_, -1)) {}
  DirectoryClaim& operator=(DirectoryClaim&&) = delete;

 private:
  explicit DirectoryClaim(int file) : file_(file) {}
  int file_;
};

}  // namespace parley::app
