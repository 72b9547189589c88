#include "storage/sqlite/database.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

#include <sqlite3.h>

namespace parley::storage::sqlite {
namespace {

constexpr std::size_t kKeptStatements = 300;

Errc classify(int code) {
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Errc::unavailable;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return Errc::io;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return Errc::permission_denied;
    case SQLITE_CONSTRAINT:
      return code == SQLITE_CONSTRAINT_UNIQUE || code == SQLITE_CONSTRAINT_PRIMARYKEY
                 ? Errc::already_exists
                 : Errc::invalid_argument;
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
      return Errc::invalid_argument;
    default:
      return Errc::internal;
  }
}

std::unexpected<Error> failure(sqlite3* connection, int code, std::string_view path) {
  return fail(classify(code), fmt::format("{}: {}", path, sqlite3_errmsg(connection)));
}

// What a person can do about a database that does not open.
Error explain(int code, std::string_view path, std::string_view detail, Database::Mode mode) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return {Errc::invalid_argument,
              fmt::format("{} is not a call log ({}): move it away or choose another data directory", path,
                          detail)};
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Errc::unavailable,
              fmt::format("{} is locked by another program: close that program and try again", path)};
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return {
          Errc::permission_denied,
          mode == Database::Mode::read_only
              ? fmt::format("cannot read {} ({}): run this as the user who runs the server", path, detail)
              : fmt::format(
                    "cannot write {} ({}): make its directory writable for this user or choose another data "
                    "directory",
                    path, detail)};
    default:
      return {classify(code), fmt::format("cannot open {}: {}", path, detail)};
  }
}

std::unexpected<Error> cannot_write(const std::filesystem::path& path, const std::string& reason) {
  return fail(explain(SQLITE_CANTOPEN, path.string(), reason, Database::Mode::read_write));
}

Result<void> make_file(const std::filesystem::path& path) {
  std::error_code failed;
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), failed);
  if (failed) return cannot_write(path, failed.message());
  // SQLite would make it readable for all.
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) return cannot_write(path, std::strerror(errno));
  ::close(file);
  return {};
}

}  // namespace

Query::Query(sqlite3* connection, sqlite3_stmt* statement, std::string_view path)
    : connection_(connection), statement_(statement), path_(path) {}

Query::Query(Query&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      path_(other.path_),
      parameter_(other.parameter_),
      bind_failure_(other.bind_failure_) {}

Query::~Query() {
  if (statement_ == nullptr) return;
  // The result repeats what step() has told already.
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Query& Query::bind(std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  const char* bytes = text.empty() ? "" : text.data();
  const int code =
      sqlite3_bind_text64(statement_, ++parameter_, bytes, text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Query& Query::bind(std::int64_t number) {
  const int code = sqlite3_bind_int64(statement_, ++parameter_, number);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Query& Query::bind(std::optional<double> number) {
  ++parameter_;
  const int code = number ? sqlite3_bind_double(statement_, parameter_, *number)
                          : sqlite3_bind_null(statement_, parameter_);
  if (code != SQLITE_OK) bind_failure_ = code;
  return *this;
}

Result<bool> Query::step() {
  if (bind_failure_ != SQLITE_OK) return failure(connection_, bind_failure_, path_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return failure(connection_, code, path_);
}

Result<void> Query::run() {
  while (true) {
    const Result<bool> row = step();
    if (!row) return fail(row.error());
    if (!*row) return {};
  }
}

std::string Query::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::int64_t Query::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

std::optional<double> Query::real(int column) const {
  if (sqlite3_column_type(statement_, column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(statement_, column);
}

int Query::columns() const {
  return sqlite3_column_count(statement_);
}

sql::Value Query::value(int column) const {
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_NULL:
      return {};
    case SQLITE_INTEGER:
      return integer(column);
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement_, column);
    default:
      return text(column);
  }
}

void Database::CloseConnection::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}
void Database::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Database::Database(std::unique_ptr<sqlite3, CloseConnection> connection, std::string path)
    : path_(std::make_unique<std::string>(std::move(path))), connection_(std::move(connection)) {}
Database::~Database() = default;
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;

Result<Database> Database::open(const std::filesystem::path& path, Mode mode,
                                std::chrono::milliseconds patience) {
  std::error_code ignored;
  if (mode == Mode::read_write) {
    if (Result<void> made = make_file(path); !made) return fail(made.error());
  } else if (!std::filesystem::exists(path, ignored)) {
    return fail(Errc::not_found,
                fmt::format("there is no call log at {}: start the server once or name its data "
                            "directory",
                            path.string()));
  }

  const int flags = mode == Mode::read_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(std::unique_ptr<sqlite3, CloseConnection>(raw), path.string());
  if (code != SQLITE_OK) {
    return fail(explain(code, path.string(), raw != nullptr ? sqlite3_errmsg(raw) : "out of memory", mode));
  }
  if (Result<void> configured = database.configure(mode, patience); !configured)
    return fail(configured.error());
  return database;
}

Result<void> Database::configure(Mode mode, std::chrono::milliseconds patience) {
  sqlite3* connection = connection_.get();
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, static_cast<int>(patience.count()));
  // Reading the schema is what finds out that a file is no database. With WAL and NORMAL a commit survives
  // the death of the process; the last ones may be missing after a power cut, but the file is never damaged.
  // What is deleted is overwritten: who asks to be forgotten must not be found in the file's free pages.
  const char* settings = mode == Mode::read_write ? "PRAGMA schema_version; PRAGMA journal_mode = WAL;"
                                                    "PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON;"
                                                    "PRAGMA secure_delete = ON;"
                                                  : "PRAGMA schema_version; PRAGMA query_only = ON;";
  const int code = sqlite3_exec(connection, settings, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fail(explain(code, *path_, sqlite3_errmsg(connection), mode));
  return {};
}

Result<void> Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return failure(connection_.get(), code, *path_);
  return {};
}

Result<Query> Database::query(std::string_view sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    // Filters come in many shapes, but not all of them are worth keeping.
    if (statements_.size() >= kKeptStatements) statements_.clear();
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    std::unique_ptr<sqlite3_stmt, FinalizeStatement> statement(raw);
    if (code != SQLITE_OK) return failure(connection_.get(), code, *path_);
    found = statements_.emplace(std::string(sql), std::move(statement)).first;
  }
  return Query(connection_.get(), found->second.get(), *path_);
}

std::int64_t Database::changed_rows() const {
  return sqlite3_changes64(connection_.get());
}

void Database::roll_back() {
  // Its own failure would tell nothing that the error before it has not told.
  if (in_transaction()) sqlite3_exec(connection_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Database::in_transaction() const {
  return sqlite3_get_autocommit(connection_.get()) == 0;
}

}  // namespace parley::storage::sqlite
