// A thin wall around SQLite's C interface: connections, cached statements, errors as Result with the file's
// name.
//
// Thread: a Database and its Queries belong to one thread at a time. Lifetime: the Database outlives its
// Queries.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "storage/sql/database.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace parley::storage::sqlite {

// A prepared statement in use; gives it back, reset, when destroyed. The same SQL must not be in use twice at
// once.
class Query {
 public:
  Query(sqlite3* connection, sqlite3_stmt* statement, std::string_view path);
  ~Query();
  Query(Query&& other) noexcept;
  Query& operator=(Query&&) = delete;

  // Parameters from left to right. A failure shows at the next step().
  Query& bind(std::string_view text);
  Query& bind(std::int64_t number);
  Query& bind(std::optional<double> number);

  // True: a row is there to be read. False: the end.
  Result<bool> step();
  // For statements without rows.
  Result<void> run();

  // Columns of the current row, from 0; NULL is "", 0 and nullopt.
  std::string text(int column) const;
  std::int64_t integer(int column) const;
  std::optional<double> real(int column) const;
  sql::Value value(int column) const;
  int columns() const;

 private:
  sqlite3* connection_;
  sqlite3_stmt* statement_;
  std::string_view path_;
  int parameter_ = 0;
  int bind_failure_ = 0;
};

class Database {
 public:
  enum class Mode { read_write, read_only };

  // read_write makes the file (readable by its owner only: it holds numbers and transcripts) and its
  // directory, and turns on WAL. Errors are one sentence with the path and what to do about it. `patience` is
  // how long any statement waits for another program's lock before it fails as unavailable.
  static Result<Database> open(const std::filesystem::path& path, Mode mode,
                               std::chrono::milliseconds patience = std::chrono::seconds(5));
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  // One or more statements without parameters; rows are thrown away.
  Result<void> execute(const std::string& sql);
  // `sql` is one statement. It is prepared once and kept by its text: never put values into the text. When
  // very many are kept all are dropped, so no other Query of this Database may be in use meanwhile.
  Result<Query> query(std::string_view sql);

  std::int64_t changed_rows() const;
  bool in_transaction() const;
  // After an error inside a transaction, which SQLite may have ended by itself already.
  void roll_back();
  const std::string& path() const { return *path_; }
  sqlite3* handle() { return connection_.get(); }

 private:
  struct CloseConnection {
    void operator()(sqlite3* connection) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };

  Database(std::unique_ptr<sqlite3, CloseConnection> connection, std::string path);
  Result<void> configure(Mode mode, std::chrono::milliseconds patience);

  std::unique_ptr<std::string> path_;  // stays put when the Database moves: Queries refer to it
  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, FinalizeStatement>, std::less<>> statements_;
};

}  // namespace parley::storage::sqlite
