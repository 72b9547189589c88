#include "storage/call_log/queries.hpp"

#include <algorithm>
#include <tuple>

#include <fmt/ranges.h>

#include "base/valid_text.hpp"
#include "storage/call_log/read_rows.hpp"
#include "storage/call_log/row.hpp"
#include "storage/call_log/search_text.hpp"

namespace parley::storage::call_log {
namespace {

using sql::Connection;
using sql::Dialect;
using sql::Value;

// As many as fit a message that somebody reads.
constexpr std::int64_t kCandidates = 8;
// With more turns than this that match, walking the newest calls and looking at each finds a page sooner than
// collecting all that match.
constexpr std::int64_t kCommon = 20'000;

// One side of a number, when the filter has one.
enum class Side { any, from, to };

Statement list_statement(const CallFilter& filter, Side side, Dialect dialect, bool text_is_common) {
  Statement statement{std::string(kSelectSummaries), {}};
  std::string_view glue = "WHERE ";
  const auto require = [&](std::string_view condition, std::initializer_list<Value> values) {
    statement.sql += glue;
    statement.sql += condition;
    glue = " AND ";
    statement.values.insert(statement.values.end(), values);
  };
  const auto require_text = [&](std::string_view condition, const std::string& value) {
    if (!value.empty()) require(condition, {valid_text(value)});
  };
  require("c.workspace_id = ?", {valid_text(filter.workspace)});
  const std::string key = number_key(filter.number);
  if (side == Side::from) require("c.from_key = ?", {key});
  if (side == Side::to) require("c.to_key = ? AND c.from_key <> ?", {key, key});
  require_text("c.agent = ?", filter.agent);
  if (filter.status) require("c.status = ?", {std::string(to_string(*filter.status))});
  if (filter.outcome == "escalated") {
    require("c.escalation_requested = 1", {});
  } else {
    require_text("c.end_reason = ?", filter.outcome);
  }
  require_text("c.session_id = ?", filter.session_id);
  require_text("c.phone_id = ?", filter.phone_id);
  require_text("c.carrier_call_id = ?", filter.carrier_call_id);
  if (!filter.text.empty()) {
    const std::string expression = search_expression(filter.text, dialect);
    if (dialect == Dialect::postgres) {
      require("c.id IN (SELECT t.call_id FROM turns t WHERE t.words @@ to_tsquery('simple', ?))",
              {expression});
    } else if (text_is_common) {
      require(
          "EXISTS (SELECT 1 FROM turns t CROSS JOIN turn_texts x ON x.rowid = t.id WHERE t.call_id = c.id "
          "AND x.turn_texts MATCH ?)",
          {expression});
    } else {
      require(
          "c.id IN (SELECT t.call_id FROM turn_texts x CROSS JOIN turns t ON t.id = x.rowid WHERE "
          "x.turn_texts MATCH ?)",
          {expression});
    }
  }
  if (filter.since > 0) require("c.started_at >= ?", {filter.since});
  if (filter.before > 0) require("c.started_at < ?", {filter.before});
  if (!filter.after_id.empty())
    require("(c.started_at, c.id) < (?, ?)", {filter.after_started_at, valid_text(filter.after_id)});
  statement.sql += " ORDER BY c.started_at DESC, c.id DESC LIMIT ?";
  statement.values.emplace_back(std::int64_t{std::max(filter.limit, 0)});
  return statement;
}

Result<std::vector<CallSummary>> summaries(Connection& connection, const Statement& statement) {
  const auto rows = connection.query(statement.sql, statement.values);
  if (!rows) return fail(rows.error());
  return read_summaries(*rows);
}

Result<std::vector<CallSummary>> summaries(Connection& connection, std::string_view rest,
                                           std::initializer_list<Value> values) {
  return summaries(connection, Statement{std::string(kSelectSummaries) + std::string(rest), values});
}

// Whether collecting all matches is too much; SQLite only, PostgreSQL's planner knows by itself.
Result<bool> is_common(Connection& connection, const CallFilter& filter) {
  if (filter.text.empty() || connection.dialect() == Dialect::postgres) return false;
  const auto rows =
      connection.query("SELECT count(*) FROM (SELECT 1 FROM turn_texts WHERE turn_texts MATCH ? LIMIT ?)",
                       {search_expression(filter.text, Dialect::sqlite), kCommon});
  if (!rows) return fail(rows.error());
  return rows->integer(0, 0) >= kCommon;
}

void append(std::vector<CallSummary>& all, std::vector<CallSummary>&& more) {
  std::move(more.begin(), more.end(), std::back_inserter(all));
}

void keep_first(std::vector<CallSummary>& calls, int limit, bool newest_first) {
  std::sort(calls.begin(), calls.end(), [newest_first](const CallSummary& a, const CallSummary& b) {
    const auto left = std::tie(a.call.started_at, a.call.id);
    const auto right = std::tie(b.call.started_at, b.call.id);
    return newest_first ? right < left : left < right;
  });
  if (calls.size() > static_cast<std::size_t>(std::max(limit, 0)))
    calls.resize(static_cast<std::size_t>(std::max(limit, 0)));
}

// The values a column has, by jumping from one to the next along its index.
Result<std::vector<std::string>> distinct(Connection& connection, std::string_view first,
                                          std::string_view after) {
  std::vector<std::string> values;
  while (true) {
    const auto next = values.empty() ? connection.query(first) : connection.query(after, {values.back()});
    if (!next) return fail(next.error());
    if (next->empty() || next->is_null(0, 0)) return values;
    values.push_back(next->text(0, 0));
  }
}

Result<std::string> resolve_id(Connection& connection, const std::string& prefix,
                               const std::string& workspace) {
  if (prefix.empty()) return fail(Errc::invalid_argument, "the call's id is empty");
  // A range instead of LIKE: an index serves it, and no character of the prefix has a meaning of its own.
  const std::string end = prefix + "\xF4\x8F\xBF\xBF";
  const auto rows =
      workspace.empty()
          ? connection.query("SELECT id FROM calls WHERE id >= ? AND id < ? ORDER BY id LIMIT ?",
                             {prefix, end, kCandidates + 1})
          : connection.query(
                "SELECT id FROM calls WHERE workspace_id = ? AND id >= ? AND id < ? ORDER BY id LIMIT ?",
                {workspace, prefix, end, kCandidates + 1});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(Errc::not_found, fmt::format("there is no call '{}'", prefix));
  // The whole id is itself even when it begins another; it sorts first.
  if (rows->size() == 1 || rows->text(0, 0) == prefix) return rows->text(0, 0);
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < rows->size() && i < kCandidates; ++i)
    ids.push_back(rows->text(i, 0));
  return fail(Errc::invalid_argument,
              fmt::format("'{}' begins the id of several calls: {}{}", prefix, fmt::join(ids, ", "),
                          rows->size() > kCandidates ? ", …" : ""));
}

}  // namespace

std::vector<Statement> list_statements(const CallFilter& filter, Dialect dialect, bool text_is_common) {
  if (!filter.text.empty() && words_of(filter.text).empty()) return {};
  if (filter.number.empty()) return {list_statement(filter, Side::any, dialect, text_is_common)};
  if (number_key(filter.number).empty()) return {};
  return {list_statement(filter, Side::from, dialect, text_is_common),
          list_statement(filter, Side::to, dialect, text_is_common)};
}

Result<std::vector<std::string>> workspaces_of_calls(Connection& connection) {
  return distinct(connection, "SELECT min(workspace_id) FROM calls",
                  "SELECT min(workspace_id) FROM calls WHERE workspace_id > ?");
}

Result<std::vector<CallSummary>> list_calls(Connection& connection, const CallFilter& filter) {
  std::vector<std::string> workspaces{filter.workspace};
  if (filter.workspace.empty()) {
    auto all = workspaces_of_calls(connection);
    if (!all) return fail(std::move(all.error()));
    workspaces = std::move(*all);
  }
  const auto common = words_of(filter.text).empty() ? Result<bool>(false) : is_common(connection, filter);
  if (!common) return fail(common.error());

  std::vector<CallSummary> calls;
  for (const std::string& workspace : workspaces) {
    CallFilter one = filter;
    one.workspace = workspace;
    for (const Statement& statement : list_statements(one, connection.dialect(), *common)) {
      auto some = summaries(connection, statement);
      if (!some) return some;
      append(calls, std::move(*some));
    }
  }
  keep_first(calls, filter.limit, true);
  return calls;
}

Result<std::vector<CallSummary>> unfinished_calls(Connection& connection, const std::string& node) {
  return summaries(connection, "WHERE c.node = ? AND c.status = 'in_progress' ORDER BY c.started_at, c.id",
                   {node});
}

Result<std::vector<CallSummary>> unfinished_recordings(Connection& connection, const std::string& node,
                                                       int limit) {
  return summaries(connection,
                   "WHERE r.path <> '' AND r.complete = 0 AND c.node = ? AND c.status <> 'in_progress' "
                   "ORDER BY r.call_id LIMIT ?",
                   {node, std::int64_t{std::max(limit, 0)}});
}

Result<std::vector<CallSummary>> unstored_recordings(Connection& connection, const std::string& node,
                                                     const std::string& kind, int limit) {
  const auto kinds = distinct(connection,
                              "SELECT min(stored_kind) FROM recordings WHERE path <> '' AND (complete = 1 OR "
                              "upload_token <> '')",
                              "SELECT min(stored_kind) FROM recordings WHERE path <> '' AND (complete = 1 OR "
                              "upload_token <> '') AND stored_kind > ?");
  if (!kinds) return fail(kinds.error());
  std::vector<CallSummary> calls;
  for (const std::string& stored : *kinds) {
    if (stored == kind) continue;
    // Files are on the disk of the node that had the call; of a running call the upload runs too.
    auto some =
        summaries(connection,
                  "WHERE r.stored_kind = ? AND r.path <> '' AND (r.complete = 1 OR r.upload_token <> '') "
                  "AND c.node = ? AND (r.complete = 1 OR c.status <> 'in_progress') "
                  "ORDER BY r.call_id LIMIT ?",
                  {stored, node, std::int64_t{std::max(limit, 0)}});
    if (!some) return some;
    append(calls, std::move(*some));
  }
  keep_first(calls, limit, false);
  return calls;
}

Result<CallDetail> find_call(Connection& connection, const std::string& id_or_prefix,
                             const std::string& workspace) {
  const Result<std::string> id = resolve_id(connection, valid_text(id_or_prefix), valid_text(workspace));
  if (!id) return fail(id.error());
  auto summary = summaries(connection, "WHERE c.id = ?", {*id});
  if (!summary) return fail(std::move(summary.error()));
  if (summary->empty()) return fail(Errc::not_found, fmt::format("there is no call '{}'", *id));
  auto turns = read_turns(connection, *id);
  if (!turns) return fail(std::move(turns.error()));
  auto events = read_events(connection, *id);
  if (!events) return fail(std::move(events.error()));
  auto usage = read_usage(connection, *id);
  if (!usage) return fail(std::move(usage.error()));
  auto transcript = read_transcript(connection, *id);
  if (!transcript) return fail(std::move(transcript.error()));
  return CallDetail{std::move(summary->front()), std::move(*turns), std::move(*events), std::move(*usage),
                    std::move(*transcript)};
}

}  // namespace parley::storage::call_log
