#include "storage/sqlite/sqlite_sql.hpp"

#include "base/clock.hpp"
#include "storage/sql/migrator.hpp"

namespace parley::storage {
namespace sqlite {
namespace {

void bind_all(Query& query, std::span<const sql::Value> values) {
  for (const sql::Value& value : values) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      query.bind(*text);
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
      query.bind(*number);
    } else if (const auto* real = std::get_if<double>(&value)) {
      query.bind(std::optional(*real));
    } else {
      query.bind(std::optional<double>());
    }
  }
}

std::int64_t wall_millis() {
  const auto since_epoch = system_clock().wall_now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count();
}

class SqliteDatabase final : public sql::Database {
 public:
  SqliteDatabase(std::string path, const sql::OpenOptions& options)
      : path_(std::move(path)),
        read_only_(options.read_only),
        writers_(1, options.patience, path_,
                 [this, patience = options.patience] { return connect(Mode::read_write, patience); }),
        readers_(std::max<std::size_t>(options.readers, 1), options.patience, path_,
                 [this, patience = options.patience] { return connect(Mode::read_only, patience); }) {}

  sql::Dialect dialect() const override { return sql::Dialect::sqlite; }
  const std::string& place() const override { return path_; }

  Result<Lease> reader() override { return lease(readers_); }
  Result<Lease> writer() override {
    if (read_only_) return fail(Errc::permission_denied, path_ + " is open for reading only");
    return lease(writers_);
  }

 private:
  using Mode = sqlite::Database::Mode;

  Result<std::unique_ptr<sql::PooledConnection>> connect(Mode mode, std::chrono::milliseconds patience) {
    auto database = sqlite::Database::open(path_, mode, patience);
    if (!database) return fail(std::move(database.error()));
    return std::make_unique<SqliteConnection>(std::move(*database), mode);
  }
  Result<Lease> lease(sql::Pool& pool) {
    auto connection = pool.take();
    if (!connection) return fail(std::move(connection.error()));
    return Lease(std::move(*connection), *this);
  }
  void give_back(std::unique_ptr<sql::Connection> connection) override {
    sql::Pool::give_back(std::move(connection));
  }

  const std::string path_;
  const bool read_only_;
  // The writer is closed last: only then SQLite brings the write-ahead log home and removes it.
  sql::Pool writers_;
  sql::Pool readers_;
};

}  // namespace

Result<sql::Rows> SqliteConnection::query(std::string_view sql, std::span<const sql::Value> values) {
  auto statement = database_.query(sql);
  if (!statement) return fail(std::move(statement.error()));
  bind_all(*statement, values);
  std::vector<sql::Value> cells;
  const int columns = statement->columns();
  while (true) {
    const Result<bool> row = statement->step();
    if (!row) return fail(row.error());
    if (!*row) return sql::Rows(static_cast<std::size_t>(columns), std::move(cells));
    for (int column = 0; column < columns; ++column)
      cells.push_back(statement->value(column));
  }
}

Result<std::int64_t> SqliteConnection::run(std::string_view sql, std::span<const sql::Value> values) {
  auto statement = database_.query(sql);
  if (!statement) return fail(std::move(statement.error()));
  bind_all(*statement, values);
  if (auto done = statement->run(); !done) return fail(std::move(done.error()));
  return database_.changed_rows();
}

Result<void> SqliteConnection::begin() {
  // The lock at once: to find out at the first write that somebody else has it means starting again.
  return database_.execute(mode_ == Database::Mode::read_write ? "BEGIN IMMEDIATE" : "BEGIN");
}

}  // namespace sqlite

namespace sql {

Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, const OpenOptions& options) {
  auto database = std::make_unique<sqlite::SqliteDatabase>(path, options);
  const auto migrations = embedded_migrations(Dialect::sqlite);
  auto lease = options.read_only ? database->reader() : database->writer();
  if (!lease) return fail(std::move(lease.error()));
  if (options.read_only) {
    if (auto fits = check_schema(**lease, path, migrations); !fits) return fail(std::move(fits.error()));
  } else {
    const auto migrated = migrate(**lease, path, migrations, sqlite::wall_millis());
    if (!migrated) return fail(migrated.error());
  }
  return database;
}

}  // namespace sql
}  // namespace parley::storage
