// Words that somebody looks for, under any bytes: the database always understands the expression, and it
// finds what holds just these words.
#include <cstdint>
#include <cstdlib>
#include <string>

#include <sqlite3.h>

#include "base/valid_text.hpp"
#include "storage/call_log/search_text.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

sqlite3* open_index() {
  sqlite3* database = nullptr;
  require(sqlite3_open(":memory:", &database) == SQLITE_OK);
  require(sqlite3_exec(database, "CREATE VIRTUAL TABLE lines USING fts5(text)", nullptr, nullptr, nullptr) ==
          SQLITE_OK);
  return database;
}

// The statement's first value; -1: it failed.
int run(sqlite3* database, const char* sql, const std::string& value) {
  sqlite3_stmt* statement = nullptr;
  require(sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) == SQLITE_OK);
  sqlite3_bind_text(statement, 1, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  const int state = sqlite3_step(statement);
  const int answer = state == SQLITE_ROW ? sqlite3_column_int(statement, 0) : state == SQLITE_DONE ? 0 : -1;
  sqlite3_finalize(statement);
  return answer;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::storage;
  static sqlite3* const index = open_index();
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto words = call_log::words_of(text);
  require(words.size() <= call_log::kWordLimit);
  std::string line;
  for (const std::string& word : words) {
    require(!word.empty() && word.size() <= 100 && parley::valid_text(word) == word);
    require(word.find_first_of("\"'*&|!():\\ ") == std::string::npos);
    line += word + " ";
  }
  const std::string expression = call_log::search_expression(text, sql::Dialect::sqlite);
  require(expression.empty() == words.empty());
  require(call_log::search_expression(text, sql::Dialect::postgres).empty() == words.empty());
  if (expression.empty()) return 0;
  require(run(index, "INSERT INTO lines (rowid, text) VALUES (1, ?1)", line) == 0);
  require(run(index, "SELECT count(*) FROM lines WHERE lines MATCH ?1", expression) >= 0);
  require(run(index, "DELETE FROM lines WHERE ?1 != ''", line) == 0);
  return 0;
}
