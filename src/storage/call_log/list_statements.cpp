// The statements of the listing. Every one walks an index from the newest call on, or looks up calls one by
// one; those that look for words leave the databases' planners no other way, for these do not know how often
// a word was said.
#include <algorithm>

#include <fmt/format.h>

#include "base/valid_text.hpp"
#include "storage/call_log/queries.hpp"
#include "storage/call_log/read_rows.hpp"
#include "storage/call_log/row.hpp"
#include "storage/call_log/search_text.hpp"

namespace parley::storage::call_log {
namespace {

using sql::Dialect;
using sql::Value;

// One side of a number, when the filter has one.
enum class Side { any, from, to };

// What a call has to fulfil besides the words, all of it of table c.
class Conditions {
 public:
  // `prefix` before a column keeps SQLite from taking an index for it.
  Conditions(const CallFilter& filter, Side side, std::string_view prefix) : prefix_(prefix) {
    require("c.workspace_id = ?", {valid_text(filter.workspace)});
    const std::string key = number_key(filter.number);
    if (side == Side::from) require("c.from_key = ?", {key});
    if (side == Side::to) {
      require("c.to_key = ?", {key});
      require("c.from_key <> ?", {key});
    }
    require_text("c.agent = ?", filter.agent);
    if (filter.status) require("c.status = ?", {std::string(to_string(*filter.status))});
    if (filter.outcome == "escalated") {
      require("c.escalation_requested = 1", {});
    } else {
      require_text("c.end_reason = ?", filter.outcome);
    }
    require_text("c.direction = ?", filter.direction);
    require_text("c.session_id = ?", filter.session_id);
    require_text("c.phone_id = ?", filter.phone_id);
    require_text("c.carrier_call_id = ?", filter.carrier_call_id);
    if (filter.since > 0) require("c.started_at >= ?", {filter.since});
    if (filter.before > 0) require("c.started_at < ?", {filter.before});
    if (!filter.after_id.empty()) {
      prefix_ = "";
      require("(c.started_at, c.id) < (?, ?)", {filter.after_started_at, valid_text(filter.after_id)});
    }
  }

  const std::string& sql() const { return sql_; }
  const std::vector<Value>& values() const { return values_; }

 private:
  void require(std::string_view condition, std::initializer_list<Value> values) {
    if (!sql_.empty()) sql_ += " AND ";
    sql_ += prefix_;
    sql_ += condition;
    values_.insert(values_.end(), values);
  }
  void require_text(std::string_view condition, const std::string& value) {
    if (!value.empty()) require(condition, {valid_text(value)});
  }

  std::string_view prefix_;
  std::string sql_;
  std::vector<Value> values_;
};

Value limit_of(const CallFilter& filter) {
  return std::int64_t{std::max(filter.limit, 0)};
}

// The calls whose ids are in `page`, in the listing's order.
std::string of_page(std::string_view with) {
  return fmt::format("{} {}WHERE c.id IN (SELECT p.id FROM page p) ORDER BY c.started_at DESC, c.id DESC",
                     with, kSelectSummaries);
}

// Walks the newest calls and looks at what was said in each: soon done when the words are common. In SQLite a
// look into the index of words costs as much as all its matches, so one look is for the turns of all of them.
Statement among_newest_statement(const CallFilter& filter, Side side, Dialect dialect, std::int64_t newest) {
  const Conditions conditions(filter, side, "");
  const std::string some = fmt::format(
      "WITH newest AS MATERIALIZED (SELECT c.id, c.started_at FROM calls c WHERE {} ORDER BY c.started_at "
      "DESC, "
      "c.id DESC LIMIT {})",
      conditions.sql(), newest);
  constexpr std::string_view kPage = "ORDER BY n.started_at DESC, n.id DESC LIMIT ?)";
  Statement statement;
  if (dialect == Dialect::postgres) {
    // LATERAL with LIMIT: a look at each. coalesce: by way of the call, not of the index of words.
    statement.sql = of_page(fmt::format(
        "{}, page AS MATERIALIZED (SELECT n.id FROM newest n CROSS JOIN LATERAL (SELECT 1 FROM turns t WHERE "
        "t.call_id = n.id AND coalesce(t.words, '') @@ to_tsquery('simple', ?) LIMIT 1) AS said {}",
        some, kPage));
  } else {
    statement.sql = of_page(fmt::format(
        "{}, span AS MATERIALIZED (SELECT min(t.id) AS low, max(t.id) AS high FROM newest n CROSS JOIN turns "
        "t ON "
        "t.call_id = n.id), said AS MATERIALIZED (SELECT t.call_id FROM span s CROSS JOIN turn_texts x CROSS "
        "JOIN "
        "turns t ON t.id = x.rowid WHERE x.turn_texts MATCH ? AND x.rowid BETWEEN s.low AND s.high), page AS "
        "MATERIALIZED (SELECT n.id FROM newest n WHERE n.id IN (SELECT call_id FROM said) {}",
        some, kPage));
  }
  statement.values = conditions.values();
  statement.values.emplace_back(search_expression(filter.text, dialect));
  statement.values.push_back(limit_of(filter));
  return statement;
}

// Collects all turns with the words and looks up their calls: soon done when the words are rare.
Statement by_words_statement(const CallFilter& filter, Side side, Dialect dialect) {
  const bool postgres = dialect == Dialect::postgres;
  const Conditions conditions(filter, side, postgres ? "" : "+");
  constexpr std::string_view kPage = "ORDER BY c.started_at DESC, c.id DESC LIMIT ?)";
  Statement statement;
  if (postgres) {
    // LATERAL with OFFSET: the calls are looked up, not all of them read for a join.
    statement.sql =
        of_page(fmt::format("WITH found AS MATERIALIZED (SELECT DISTINCT t.call_id FROM turns t WHERE "
                            "t.words @@ to_tsquery('simple', "
                            "?)), page AS MATERIALIZED (SELECT c.id FROM found f CROSS JOIN LATERAL (SELECT "
                            "c.id, c.started_at FROM "
                            "calls c WHERE c.id = f.call_id AND {} OFFSET 0) AS c {}",
                            conditions.sql(), kPage));
  } else {
    statement.sql =
        of_page(fmt::format("WITH found AS MATERIALIZED (SELECT DISTINCT t.call_id FROM turn_texts x CROSS "
                            "JOIN turns t ON t.id = "
                            "x.rowid WHERE x.turn_texts MATCH ?), page AS MATERIALIZED (SELECT c.id FROM "
                            "found f CROSS JOIN calls c "
                            "ON c.id = f.call_id WHERE {} {}",
                            conditions.sql(), kPage));
  }
  statement.values.emplace_back(search_expression(filter.text, dialect));
  statement.values.insert(statement.values.end(), conditions.values().begin(), conditions.values().end());
  statement.values.push_back(limit_of(filter));
  return statement;
}

Statement list_statement(const CallFilter& filter, Side side, Dialect dialect, std::int64_t newest) {
  if (!filter.text.empty()) {
    return newest > 0 ? among_newest_statement(filter, side, dialect, newest)
                      : by_words_statement(filter, side, dialect);
  }
  const Conditions conditions(filter, side, "");
  Statement statement{fmt::format("{}WHERE {} ORDER BY c.started_at DESC, c.id DESC LIMIT ?",
                                  kSelectSummaries, conditions.sql()),
                      conditions.values()};
  statement.values.push_back(limit_of(filter));
  return statement;
}

std::vector<Side> sides_of(const CallFilter& filter) {
  if (!filter.text.empty() && words_of(filter.text).empty()) return {};
  if (filter.number.empty()) return {Side::any};
  if (number_key(filter.number).empty()) return {};
  return {Side::from, Side::to};
}

}  // namespace

std::vector<Statement> list_statements(const CallFilter& filter, Dialect dialect, std::int64_t newest) {
  std::vector<Statement> statements;
  for (const Side side : sides_of(filter))
    statements.push_back(list_statement(filter, side, dialect, newest));
  return statements;
}

std::vector<Statement> count_statements(const CallFilter& filter, std::int64_t most) {
  std::vector<Statement> statements;
  for (const Side side : sides_of(filter)) {
    const Conditions conditions(filter, side, "");
    statements.push_back(
        {fmt::format("SELECT count(*) FROM (SELECT 1 FROM calls c WHERE {} ORDER BY c.started_at "
                     "DESC, c.id DESC LIMIT {}) AS few",
                     conditions.sql(), most),
         conditions.values()});
  }
  return statements;
}

}  // namespace parley::storage::call_log
