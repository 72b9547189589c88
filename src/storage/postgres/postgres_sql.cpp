// sql::Database over a PostgreSQL server.
#include "base/clock.hpp"
#include "base/wall_millis.hpp"
#include "storage/postgres/connection.hpp"
#include "storage/sql/migrator.hpp"

namespace parley::storage {
namespace postgres {
namespace {

// Making an index on a log of years takes a while, and so does waiting for another node that does it.
constexpr std::chrono::minutes kMigrationPatience{30};

class PostgresDatabase final : public sql::Database {
 public:
  PostgresDatabase(Target target, const sql::OpenOptions& options)
      : target_(std::move(target)),
        read_only_(options.read_only),
        readers_(std::max<std::size_t>(options.readers, 1), options.patience, target_.place,
                 [this] { return connect({.read_only = true}); }),
        writers_(std::max<std::size_t>(options.writers, 1), options.patience, target_.place,
                 [this] { return connect({}); }) {}

  sql::Dialect dialect() const override { return sql::Dialect::postgres; }
  const std::string& place() const override { return target_.place; }

  Result<Lease> reader() override { return lease(readers_); }
  Result<Lease> writer() override {
    if (read_only_) return fail(Errc::permission_denied, target_.place + " is open for reading only");
    return lease(writers_);
  }

  Result<void> bring_up_to_date() {
    const auto migrations = sql::embedded_migrations(sql::Dialect::postgres);
    auto connection = PostgresConnection::open(
        target_, {.read_only = read_only_, .statement_patience = kMigrationPatience}, dog_);
    if (!connection) return fail(std::move(connection.error()));
    if (read_only_) return sql::check_schema(**connection, target_.place, migrations);
    const auto migrated = sql::migrate(**connection, target_.place, migrations, now_millis(system_clock()));
    if (!migrated) return fail(migrated.error());
    return {};
  }

 private:
  Result<std::unique_ptr<sql::PooledConnection>> connect(const PostgresConnection::Options& options) {
    auto connection = PostgresConnection::open(target_, options, dog_);
    if (!connection) return fail(std::move(connection.error()));
    return std::move(*connection);
  }
  Result<Lease> lease(sql::Pool& pool) {
    auto connection = pool.take();
    if (!connection) return fail(std::move(connection.error()));
    return Lease(std::move(*connection), *this);
  }
  void give_back(std::unique_ptr<sql::Connection> connection) override {
    sql::Pool::give_back(std::move(connection));
  }

  const Target target_;
  const bool read_only_;
  Watchdog dog_;
  sql::Pool readers_;
  sql::Pool writers_;
};

}  // namespace
}  // namespace postgres

namespace sql {

Result<std::unique_ptr<Database>> open_postgres(const std::string& url, const OpenOptions& options) {
  auto target = postgres::parse_target(url, options.patience);
  if (!target) return fail(std::move(target.error()));
  auto database = std::make_unique<postgres::PostgresDatabase>(std::move(*target), options);
  if (auto ready = database->bring_up_to_date(); !ready) return fail(std::move(ready.error()));
  return database;
}

}  // namespace sql
}  // namespace parley::storage
