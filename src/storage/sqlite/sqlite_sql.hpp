// sql::Database over one SQLite file: readers of their own, one writer at a time.
#pragma once

#include "storage/sql/pool.hpp"
#include "storage/sqlite/database.hpp"

namespace parley::storage::sqlite {

class SqliteConnection final : public sql::PooledConnection {
 public:
  SqliteConnection(Database database, Database::Mode mode) : database_(std::move(database)), mode_(mode) {}

  sql::Dialect dialect() const override { return sql::Dialect::sqlite; }
  using Connection::query;
  using Connection::run;
  Result<sql::Rows> query(std::string_view sql, std::span<const sql::Value> values) override;
  Result<std::int64_t> run(std::string_view sql, std::span<const sql::Value> values) override;
  Result<void> script(const std::string& sql) override { return database_.execute(sql); }
  Result<void> begin() override;
  Result<void> commit() override { return database_.execute("COMMIT"); }
  void roll_back() override { database_.roll_back(); }
  bool in_transaction() const override { return database_.in_transaction(); }
  bool broken() const override { return false; }

  Database& database() { return database_; }

 private:
  Database database_;
  Database::Mode mode_;
};

}  // namespace parley::storage::sqlite
