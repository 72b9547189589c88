// What the statements of the control store have in common: reading rows into records, and telling why a
// statement changed nothing.
//
// Thread: that of the connection. Errors: those of sql::Connection, and as said.
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::control {

// {a, b, c}, or a vector of values. Used within the full expression only.
class Values {
 public:
  Values(std::initializer_list<sql::Value> values) : span_(values.begin(), values.size()) {}  // NOLINT
  Values(const std::vector<sql::Value>& values) : span_(values) {}                            // NOLINT
  operator std::span<const sql::Value>() const { return span_; }                              // NOLINT

 private:
  std::span<const sql::Value> span_;
};

// The cells of one row, one after another as they were selected.
class RowReader {
 public:
  RowReader(const sql::Rows& rows, std::size_t row) : rows_(rows), row_(row) {}
  std::string text() { return rows_.text(row_, column_++); }
  std::int64_t integer() { return rows_.integer(row_, column_++); }
  int number() { return static_cast<int>(integer()); }
  bool flag() { return integer() != 0; }

 private:
  const sql::Rows& rows_;
  std::size_t row_;
  std::size_t column_ = 0;
};

template <class T>
using ReadRow = T (*)(RowReader&);

template <class T>
Result<std::vector<T>> list(sql::Connection& connection, std::string_view sql, Values values,
                            ReadRow<T> read) {
  const Result<sql::Rows> rows = connection.query(sql, values);
  if (!rows) return fail(rows.error());
  std::vector<T> records;
  records.reserve(rows->size());
  for (std::size_t row = 0; row < rows->size(); ++row) {
    RowReader reader(*rows, row);
    records.push_back(read(reader));
  }
  return records;
}

template <class T>
Result<std::vector<T>> list(sql::Database& database, std::string_view sql, Values values, ReadRow<T> read) {
  auto reader = database.reader();
  if (!reader) return fail(std::move(reader.error()));
  return list(**reader, sql, values, read);
}

// The first row; not_found with `missing` as its message when there is none.
template <class T, class Source>
Result<T> find(Source& source, std::string_view sql, Values values, ReadRow<T> read,
               std::string_view missing) {
  Result<std::vector<T>> records = list<T>(source, sql, values, read);
  if (!records) return fail(std::move(records.error()));
  if (records->empty()) return fail(Errc::not_found, std::string(missing));
  return std::move(records->front());
}

// One statement in a transaction of its own; the number of rows changed.
Result<std::int64_t> change(sql::Database& database, std::string_view sql, Values values);
// The same for a statement with an answer (RETURNING).
Result<sql::Rows> change_and_tell(sql::Database& database, std::string_view sql, Values values);
// One new row. `taken` is the message when something unique is there already.
Result<void> insert(sql::Database& database, std::string_view sql, Values values, const std::string& taken);
// At least one row, else not_found.
Result<void> change_one(sql::Database& database, std::string_view sql, Values values,
                        std::string_view missing);

// already_exists gets `taken` as its message: the database's own names columns, not what people see.
Error named(Error error, const std::string& taken);

// Which record an update means.
struct Target {
  std::string_view table;
  std::string_view noun;  // "agent"
  const std::string& workspace;
  const std::string& id;
};

// The condition of every update_*; its values are expected_etag, expected_etag.
inline constexpr std::string_view kEtagMatches = "(CAST(? AS BIGINT) = 0 OR etag = ?)";

// `sql` is an UPDATE … WHERE … and kEtagMatches, RETURNING etag. Without a row: not_found or conflict.
Result<std::int64_t> update_record(sql::Connection& connection, const Target& target, std::string_view sql,
                                   Values values, const std::string& taken);
Result<std::int64_t> update_record(sql::Database& database, const Target& target, std::string_view sql,
                                   Values values, const std::string& taken);

// Locks the record for the rest of the transaction. not_found; conflict when its etag is another one.
Result<void> lock_record(sql::Connection& connection, const Target& target, std::int64_t expected_etag);

// For the end of a SELECT in a transaction whose rows must stay as they are. SQLite has one writer at a time.
std::string_view locking(const sql::Connection& connection);
// The same for rows that must only not be removed.
std::string_view keeping(const sql::Connection& connection);

std::string no_record(std::string_view noun, std::string_view id);  // "no agent 'x'"

// References: empty is NULL.
sql::Value reference(const std::string& id);

// A list of texts as a JSON array. What is no such array reads as empty.
std::string to_json(const std::vector<std::string>& texts);
std::vector<std::string> texts_of(std::string_view json);

// Limits of pages come from outside.
std::int64_t page_limit(int limit);

}  // namespace parley::storage::control
