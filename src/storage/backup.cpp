#include "storage/backup.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>
#include <sqlite3.h>

#include "storage/sqlite/sqlite_sql.hpp"

namespace parley::storage {
namespace {

struct Close {
  void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
};

Error failure(const std::filesystem::path& path, const char* reason) {
  return {Errc::io, fmt::format("cannot write the backup {}: {}", path.string(), reason)};
}

Result<void> copy(sqlite3* from, const std::filesystem::path& path) {
  // Made here, since SQLite would let everybody read it.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return fail(failure(path, std::strerror(errno)));
  ::close(file);
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  const std::unique_ptr<sqlite3, Close> to(raw);
  if (opened != SQLITE_OK) return fail(failure(path, raw != nullptr ? sqlite3_errmsg(raw) : "out of memory"));
  sqlite3_backup* const backup = sqlite3_backup_init(raw, "main", from, "main");
  if (backup == nullptr) return fail(failure(path, sqlite3_errmsg(raw)));
  // In one step over a reader of the write-ahead log: it sees one moment, and writers do not wait for it. In
  // several steps every commit of another connection would begin it anew.
  int code = sqlite3_backup_step(backup, -1);
  const int finished = sqlite3_backup_finish(backup);
  if (code == SQLITE_DONE) code = finished;
  if (code != SQLITE_OK) return fail(failure(path, sqlite3_errstr(code)));
  // A copy that is moved about should be one file.
  code = sqlite3_exec(raw, "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(failure(path, sqlite3_errmsg(raw)));
  return {};
}

bool sync_to_disk(const std::filesystem::path& path, int flags) {
  const int file = ::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  const bool synced = ::fsync(file) == 0;
  ::close(file);
  return synced;
}

}  // namespace

Result<void> back_up(sql::Database& database, const std::filesystem::path& path) {
  if (database.dialect() == sql::Dialect::postgres) {
    return fail(Errc::invalid_argument,
                fmt::format("{} is backed up with PostgreSQL's own pg_dump", database.place()));
  }
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    return fail(Errc::already_exists, fmt::format("{} is there already: choose another name", path.string()));
  auto lease = database.reader();
  if (!lease) return fail(std::move(lease.error()));
  auto& connection = static_cast<sqlite::SqliteConnection&>(**lease);

  std::filesystem::path unfinished = path;
  unfinished += ".unfinished";
  auto copied = copy(connection.database().handle(), unfinished);
  if (copied && !sync_to_disk(unfinished, 0)) copied = fail(failure(path, std::strerror(errno)));
  // A link instead of a rename: it does not replace what somebody else has put there meanwhile.
  if (copied && ::link(unfinished.c_str(), path.c_str()) != 0)
    copied = fail(failure(path, std::strerror(errno)));
  ::unlink(unfinished.c_str());
  if (!copied) return copied;
  sync_to_disk(path.has_parent_path() ? path.parent_path() : ".", O_DIRECTORY);
  return {};
}

}  // namespace parley::storage
