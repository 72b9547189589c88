// SQL as the stores write it: one text for both databases. What differs between them (placeholders, types of
// columns, full-text search) stays behind this wall and in migrations/sqlite and migrations/postgres.
//
// Statements use '?' for values, never literals made of input. A statement's text is prepared once for each
// connection and kept, so texts must be few.
//
// Thread: a Connection belongs to one thread at a time; everything of it blocks. A Database hands out
// connections to any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace parley::storage::sql {

enum class Dialect { sqlite, postgres };

// NULL, whole numbers (booleans are 0 and 1 in both databases), reals, UTF-8 text without NUL.
using Value = std::variant<std::monostate, std::int64_t, double, std::string>;

// All rows of an answer, in memory: queries are bounded by their LIMIT.
class Rows {
 public:
  Rows() = default;
  Rows(std::size_t columns, std::vector<Value> cells) : columns_(columns), cells_(std::move(cells)) {}
  std::size_t size() const { return columns_ == 0 ? 0 : cells_.size() / columns_; }
  bool empty() const { return cells_.empty(); }

  bool is_null(std::size_t row, std::size_t column) const;
  // NULL is "", 0 and nullopt; numbers and texts are converted.
  std::string text(std::size_t row, std::size_t column) const;
  std::int64_t integer(std::size_t row, std::size_t column) const;
  std::optional<double> real(std::size_t row, std::size_t column) const;

 private:
  const Value& cell(std::size_t row, std::size_t column) const { return cells_[row * columns_ + column]; }
  std::size_t columns_ = 0;
  std::vector<Value> cells_;
};

// Errors: Errc::already_exists (a unique constraint), invalid_argument (another constraint, a value that does
// not fit), unavailable (the server is away or the file is locked: the same statement may work later), io
// (disk), internal (the statement itself). Messages name the file or the server without its password.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual Dialect dialect() const = 0;

  virtual Result<Rows> query(std::string_view sql, std::span<const Value> values) = 0;
  Result<Rows> query(std::string_view sql, std::initializer_list<Value> values = {}) {
    return query(sql, std::span<const Value>(values.begin(), values.size()));
  }
  // A statement without rows; the number of rows changed.
  virtual Result<std::int64_t> run(std::string_view sql, std::span<const Value> values) = 0;
  Result<std::int64_t> run(std::string_view sql, std::initializer_list<Value> values = {}) {
    return run(sql, std::span<const Value>(values.begin(), values.size()));
  }
  // Several statements without values: migrations.
  virtual Result<void> script(const std::string& sql) = 0;

  // A transaction that writes; SQLite takes its write lock at once. After an error inside of one only
  // roll_back() is allowed in PostgreSQL, so nothing else may be done in either.
  virtual Result<void> begin() = 0;
  // An error leaves it unknown whether the transaction happened if the server went away meanwhile: what is
  // tried again must bear being there already.
  virtual Result<void> commit() = 0;
  virtual void roll_back() = 0;  // no-op outside a transaction
  virtual bool in_transaction() const = 0;
};

class Database {
 public:
  virtual ~Database() = default;
  virtual Dialect dialect() const = 0;

  // A connection for the time of the lease; waits for a free one up to the database's patience
  // (Errc::unavailable). A broken connection is replaced at the next lease.
  class Lease {
   public:
    Lease(std::unique_ptr<Connection> connection, Database& owner)
        : connection_(std::move(connection)), owner_(&owner) {}
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease() {
      if (connection_) owner_->give_back(std::move(connection_));
    }
    Connection& operator*() const { return *connection_; }
    Connection* operator->() const { return connection_.get(); }

   private:
    std::unique_ptr<Connection> connection_;
    Database* owner_;
  };
  // For reading: in SQLite these see the last commit and wait for nobody.
  virtual Result<Lease> reader() = 0;
  // For transactions that write.
  virtual Result<Lease> writer() = 0;

  // "/data/parley.db" or "postgresql://host:5432/name": without credentials, for messages.
  virtual const std::string& place() const = 0;

 private:
  friend class Lease;
  virtual void give_back(std::unique_ptr<Connection> connection) = 0;
};

// Runs `work` in one transaction: committed when it succeeds, else rolled back with its error.
template <class T>
Result<T> in_transaction(Database& database, const std::function<Result<T>(Connection&)>& work) {
  auto lease = database.writer();
  if (!lease) return fail(std::move(lease.error()));
  Connection& connection = **lease;
  if (auto begun = connection.begin(); !begun) return fail(std::move(begun.error()));
  Result<T> result = work(connection);
  if (!result) {
    connection.roll_back();
    return result;
  }
  if (auto committed = connection.commit(); !committed) return fail(std::move(committed.error()));
  return result;
}

struct OpenOptions {
  // For a command beside a running server: nothing is made or migrated, writer() is refused.
  bool read_only = false;
  std::chrono::milliseconds patience{5000};  // for a lock, a free connection, a server that is away
  std::size_t readers = 4;
  std::size_t writers = 2;  // PostgreSQL; SQLite has one writer at a time whatever is said
};

// Makes the file (mode 600) and its directory. Migrates.
Result<std::unique_ptr<Database>> open_sqlite(const std::string& path, const OpenOptions& options);
// postgresql://user:password@host:port/name?…, as libpq takes it. Migrates; two nodes may start at once.
Result<std::unique_ptr<Database>> open_postgres(const std::string& url, const OpenOptions& options);

}  // namespace parley::storage::sql
