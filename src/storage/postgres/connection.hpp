// One connection to PostgreSQL over libpqxx, whose exceptions end here.
#pragma once

#include <functional>
#include <map>
#include <memory>

#include "storage/postgres/target.hpp"
#include "storage/postgres/watchdog.hpp"
#include "storage/sql/pool.hpp"

namespace pqxx {
class result;
}  // namespace pqxx

namespace parley::storage::postgres {

class PostgresConnection final : public sql::PooledConnection {
 public:
  struct Options {
    bool read_only = false;
    std::chrono::milliseconds statement_patience{30'000};  // the server ends a statement that takes longer
  };
  // `target` and `dog` outlive it.
  static Result<std::unique_ptr<PostgresConnection>> open(const Target& target, const Options& options,
                                                          Watchdog& dog);
  ~PostgresConnection() override;

  sql::Dialect dialect() const override { return sql::Dialect::postgres; }
  using Connection::query;
  using Connection::run;
  Result<sql::Rows> query(std::string_view sql, std::span<const sql::Value> values) override;
  Result<std::int64_t> run(std::string_view sql, std::span<const sql::Value> values) override;
  Result<void> script(const std::string& sql) override;
  Result<void> begin() override;
  Result<void> commit() override;
  void roll_back() override;
  bool in_transaction() const override { return in_transaction_; }
  bool broken() const override { return broken_; }

 private:
  PostgresConnection(const Target& target, const Options& options, Watchdog& dog);

  // Runs `work` under the watchdog and turns what it throws into an Error.
  Result<void> guarded(const std::function<void()>& work);
  Result<void> execute(std::string_view sql, std::span<const sql::Value> values, pqxx::result& out);
  const std::string& prepared(std::string_view sql);
  Error lost();

  const Target& target_;
  const Options options_;
  Watchdog& dog_;
  struct Link;  // libpqxx's connection
  std::unique_ptr<Link> connection_;
  std::map<std::string, std::string, std::less<>> statements_;  // text -> its name at the server
  std::uint64_t next_name_ = 0;
  bool in_transaction_ = false;
  bool failed_ = false;  // the server takes nothing but ROLLBACK
  bool broken_ = false;
};

}  // namespace parley::storage::postgres
