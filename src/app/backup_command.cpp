#include "app/backup_command.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <ostream>
#include <unistd.h>

#include <fmt/format.h>

#include "app/data_directory.hpp"
#include "base/ids.hpp"
#include "storage/backup.hpp"
#include "storage/postgres/connection.hpp"
#include "storage/sql/migrator.hpp"
#include "storage/sqlite/sqlite_call_store.hpp"
#include "storage/sqlite/sqlite_sql.hpp"

namespace parley::app {
namespace {

namespace fs = std::filesystem;
using storage::sqlite::SqliteConnection;
using SqliteFile = storage::sqlite::Database;

int failed(std::ostream& err, const Error& error) {
  err << "parley: " << error.message << "\n";
  return 1;
}

std::unexpected<Error> io_failure(std::string_view what, const fs::path& path, const std::error_code& error) {
  return fail(Errc::io, fmt::format("cannot {} {}: {}", what, path.string(), error.message()));
}

Result<void> sync_to_disk(const fs::path& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const bool synced = file >= 0 && ::fsync(file) == 0;
  const int error = errno;
  if (file >= 0) ::close(file);
  if (!synced) return io_failure("write", path, {error, std::generic_category()});
  return {};
}

// The newest schema this program knows; a step's number is its place.
int newest_schema(storage::sql::Dialect dialect) {
  return static_cast<int>(storage::sql::embedded_migrations(dialect).size());
}

// 0: there is none yet.
Result<int> schema_before(const settings::Settings& settings) {
  if (settings.database_url.empty()) {
    const fs::path file = database_file_of(settings);
    std::error_code ignored;
    if (!fs::exists(file, ignored)) return 0;
    auto database = SqliteFile::open(file, SqliteFile::Mode::read_only);
    if (!database) return fail(std::move(database.error()));
    SqliteConnection connection(std::move(*database), SqliteFile::Mode::read_only);
    return storage::sql::schema_version(connection);
  }
  const auto target = storage::postgres::parse_target(settings.database_url, std::chrono::seconds(10));
  if (!target) return fail(target.error());
  storage::postgres::Watchdog dog;
  const auto connection = storage::postgres::PostgresConnection::open(*target, {.read_only = true}, dog);
  if (!connection) return fail(connection.error());
  return storage::sql::schema_version(**connection);
}

// Those that are files; one that is uploaded and removed meanwhile is well kept where it is.
Result<int> copy_recordings(const fs::path& from, const fs::path& to) {
  std::error_code error;
  int count = 0;
  if (!fs::exists(from, error)) return 0;
  fs::create_directories(to, error);
  if (error) return io_failure("make", to, error);
  for (fs::directory_iterator file(from, error), end; !error && file != end; file.increment(error)) {
    std::error_code failure;
    if (!file->is_regular_file(failure) || file->path().extension() != ".wav") continue;
    const fs::path copy = to / file->path().filename();
    const bool made = fs::copy_file(file->path(), copy, fs::copy_options::skip_existing, failure);
    if (failure == std::errc::no_such_file_or_directory) continue;
    if (failure) return io_failure("copy", file->path(), failure);
    if (!made) continue;
    if (auto synced = sync_to_disk(copy); !synced) return fail(synced.error());
    ++count;
  }
  if (error) return io_failure("read", from, error);
  return count;
}

struct BackedUp {
  bool database = false;
  int recordings = 0;
};

Result<BackedUp> back_up_into(const settings::Settings& settings, const fs::path& directory,
                              bool recordings) {
  BackedUp done;
  if (settings.database_url.empty()) {
    storage::sql::OpenOptions options;
    options.read_only = true;
    const auto database = open_existing_database(settings, options);
    if (!database) return fail(database.error());
    if (auto copied = storage::back_up(**database, directory / storage::kSqliteFile); !copied)
      return fail(std::move(copied.error()));
    done.database = true;
  }
  if (!recordings) return done;
  // After the database: every recording it knows of as a file is there or in S3.
  const auto count = copy_recordings(fs::path(settings.data_dir) / "recordings", directory / "recordings");
  if (!count) return fail(count.error());
  done.recordings = *count;
  return done;
}

// Is it whole, and of a Parley that this program understands?
Result<int> check_copy(const fs::path& file) {
  auto database = SqliteFile::open(file, SqliteFile::Mode::read_only);
  if (!database) return fail(std::move(database.error()));
  SqliteConnection connection(std::move(*database), SqliteFile::Mode::read_only);
  const auto verdict = connection.query("PRAGMA integrity_check");
  if (!verdict) return fail(verdict.error());
  if (verdict->text(0, 0) != "ok")
    return fail(Errc::io, fmt::format("{} is damaged: take another backup", file.string()));
  const auto version = storage::sql::schema_version(connection);
  if (!version) return version;
  if (*version == 0)
    return fail(Errc::invalid_argument, fmt::format("{} is no database of Parley's", file.string()));
  if (*version > newest_schema(storage::sql::Dialect::sqlite)) {
    return fail(Errc::invalid_argument,
                fmt::format("{} is of a newer Parley (schema {}, this one knows {}): update this program",
                            file.string(), *version, newest_schema(storage::sql::Dialect::sqlite)));
  }
  return version;
}

// With its write-ahead log, without which it would not be whole. Empty: there was none.
Result<std::string> put_aside(const fs::path& database) {
  std::error_code error;
  if (!fs::exists(database, error)) return std::string();
  const std::string aside = fmt::format("{}.replaced-{}", database.string(), make_id());
  for (const char* part : {"-wal", "-shm", ""}) {
    const fs::path file = database.string() + part;
    if (!fs::exists(file, error)) continue;
    fs::rename(file, aside + part, error);
    if (error) return io_failure("put aside", file, error);
  }
  return aside;
}

Result<std::string> put_database(const settings::Settings& settings, const fs::path& from, bool force) {
  const fs::path place = database_file_of(settings);
  std::error_code error;
  if (fs::exists(place, error) && !force) {
    return fail(Errc::already_exists, fmt::format("there is a database at {} already: with --force it is put "
                                                  "aside, or name another directory with --data-dir",
                                                  place.string()));
  }
  const fs::path unfinished = place.string() + ".restoring";
  fs::remove(unfinished, error);
  fs::copy_file(from, unfinished, error);
  if (error) return io_failure("write", unfinished, error);
  fs::permissions(unfinished, fs::perms::owner_read | fs::perms::owner_write, error);
  if (error) return io_failure("write", unfinished, error);
  if (auto synced = sync_to_disk(unfinished); !synced) return fail(synced.error());
  auto aside = put_aside(place);
  if (!aside) return aside;
  fs::rename(unfinished, place, error);
  if (error) return io_failure("write", place, error);
  if (auto synced = sync_to_disk(settings.data_dir); !synced) return fail(synced.error());
  return aside;
}

}  // namespace

int run_migrate(const settings::Settings& settings, std::ostream& out, std::ostream& err) {
  const auto before = schema_before(settings);
  if (!before) return failed(err, before.error());
  const auto database = settings.database_url.empty()
                            ? storage::sql::open_sqlite(database_file_of(settings).string(), {})
                            : storage::sql::open_postgres(settings.database_url, {});
  if (!database) return failed(err, database.error());
  const int now = newest_schema((*database)->dialect());
  if (*before == now) {
    out << fmt::format("{} is up to date (schema {}).\n", (*database)->place(), now);
  } else {
    out << fmt::format("{} went from schema {} to {}.\n", (*database)->place(), *before, now);
  }
  return 0;
}

int run_backup(const settings::Settings& settings, const fs::path& to, bool recordings, std::ostream& out,
               std::ostream& err) {
  const bool postgres = !settings.database_url.empty();
  if (postgres && !recordings) {
    return failed(err,
                  {Errc::invalid_argument,
                   "the database is PostgreSQL: back it up with pg_dump \"$DATABASE_URL\"; recordings that "
                   "are files are backed up with --recordings"});
  }
  std::error_code error;
  if (fs::exists(to, error))
    return failed(
        err, {Errc::already_exists, fmt::format("{} is there already: choose another name", to.string())});
  const fs::path unfinished = to.string() + ".unfinished-" + make_id();
  fs::create_directory(unfinished, error);
  if (!error) fs::permissions(unfinished, fs::perms::owner_all, error);
  if (error) return failed(err, io_failure("make", unfinished, error).error());
  auto done = back_up_into(settings, unfinished, recordings);
  if (done) {
    fs::rename(unfinished, to, error);
    if (error) done = io_failure("make", to, error);
  }
  if (!done) {
    fs::remove_all(unfinished, error);
    return failed(err, done.error());
  }
  if (done->database) out << fmt::format("The database is in {}.\n", (to / storage::kSqliteFile).string());
  if (postgres) out << "The database is PostgreSQL: back it up with pg_dump \"$DATABASE_URL\".\n";
  if (recordings)
    out << fmt::format("{} recordings are in {}.\n", done->recordings, (to / "recordings").string());
  if (settings.secrets.key.empty()) {
    out << fmt::format("The key that opens stored secrets is not in it: keep a copy of {} apart from it.\n",
                       secret_file_of(settings).string());
  }
  return 0;
}

int run_restore(const settings::Settings& settings, const fs::path& from, bool force, std::ostream& out,
                std::ostream& err) {
  const fs::path copy = from / storage::kSqliteFile;
  std::error_code error;
  const bool has_database = fs::exists(copy, error);
  if (!has_database && !fs::exists(from / "recordings", error)) {
    return failed(err, {Errc::not_found, fmt::format("{} is no backup: it has neither {} nor recordings",
                                                     from.string(), storage::kSqliteFile)});
  }
  if (has_database && !settings.database_url.empty()) {
    return failed(err,
                  {Errc::invalid_argument,
                   "the settings name PostgreSQL (DATABASE_URL), this backup is of SQLite: take the setting "
                   "away, or restore PostgreSQL's own dump with pg_restore"});
  }
  fs::create_directories(settings.data_dir, error);
  if (error) return failed(err, io_failure("make", settings.data_dir, error).error());
  const auto claim = DirectoryClaim::for_command(settings.data_dir, "a backup is restored");
  if (!claim) return failed(err, claim.error());
  if (has_database) {
    const auto version = check_copy(copy);
    if (!version) return failed(err, version.error());
    const auto aside = put_database(settings, copy, force);
    if (!aside) return failed(err, aside.error());
    out << fmt::format("The database (schema {}) is restored to {}.\n", *version,
                       database_file_of(settings).string());
    if (!aside->empty()) out << fmt::format("The one before is kept as {}.\n", *aside);
  }
  const auto count = copy_recordings(from / "recordings", fs::path(settings.data_dir) / "recordings");
  if (!count) return failed(err, count.error());
  if (*count > 0) out << fmt::format("{} recordings are restored.\n", *count);
  if (has_database && settings.secrets.key.empty() && !fs::exists(secret_file_of(settings), error)) {
    out << fmt::format("Stored secrets open with the key that sealed them only: bring it back to {}.\n",
                       secret_file_of(settings).string());
  }
  return 0;
}

}  // namespace parley::app
