#include "app/data_directory.hpp"

#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "storage/sqlite/sqlite_call_store.hpp"

namespace parley::app {
namespace {

Result<int> lock_file(const std::filesystem::path& data_dir) {
  const auto file = data_dir / "server.lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor >= 0) return descriptor;
  return fail(Errc::io, fmt::format("{} cannot be made ({}): run this as the user who runs the server",
                                    file.string(), std::strerror(errno)));
}

}  // namespace

std::filesystem::path secret_file_of(const settings::Settings& settings) {
  if (!settings.secrets.file.empty()) return settings.secrets.file;
  return std::filesystem::path(settings.data_dir) / "secret.key";
}

std::filesystem::path database_file_of(const settings::Settings& settings) {
  return std::filesystem::path(settings.data_dir) / storage::kSqliteFile;
}

Result<std::unique_ptr<storage::sql::Database>> open_existing_database(
    const settings::Settings& settings, const storage::sql::OpenOptions& options) {
  if (!settings.database_url.empty()) return storage::sql::open_postgres(settings.database_url, options);
  const auto file = database_file_of(settings);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    return fail(Errc::not_found,
                fmt::format("there is no database at {}: start the server once or name its data directory "
                            "with --data-dir",
                            file.string()));
  }
  return storage::sql::open_sqlite(file.string(), options);
}

Result<DirectoryClaim> DirectoryClaim::for_server(const std::filesystem::path& data_dir) {
  const auto file = lock_file(data_dir);
  if (!file) return fail(file.error());
  DirectoryClaim claim(*file);
  if (::flock(*file, LOCK_SH | LOCK_NB) == 0) return claim;
  return fail(Errc::conflict,
              fmt::format("a command (restore, secrets rotate) is at work in {}: wait until it has ended",
                          data_dir.string()));
}

Result<DirectoryClaim> DirectoryClaim::for_command(const std::filesystem::path& data_dir,
                                                   std::string_view doing) {
  const auto file = lock_file(data_dir);
  if (!file) return fail(file.error());
  DirectoryClaim claim(*file);
  if (::flock(*file, LOCK_EX | LOCK_NB) == 0) return claim;
  return fail(Errc::conflict, fmt::format("a server is running in {}: stop it before {}, then start it again",
                                          data_dir.string(), doing));
}

DirectoryClaim::~DirectoryClaim() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace parley::app
