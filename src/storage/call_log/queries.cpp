#include "storage/call_log/queries.hpp"

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/ranges.h>

#include "base/valid_text.hpp"
#include "storage/call_log/read_rows.hpp"

namespace parley::storage::call_log {
namespace {

using sql::Connection;
using sql::Value;

// As many as fit a message that somebody reads.
constexpr std::int64_t kCandidates = 8;
// Words are looked for among so many calls, the newest, before all turns with them are collected: a page of
// common words is found there, in milliseconds; one of rare words costs little more than collecting.
constexpr std::array<std::int64_t, 2> kNewest = {512, 4096};
// So many calls are cheaper to look at than to collect the turns of a common word.
constexpr std::int64_t kFew = 20'000;

Result<std::vector<CallSummary>> summaries(Connection& connection, const Statement& statement) {
  const auto rows = connection.query(statement.sql, statement.values);
  if (!rows) return fail(rows.error());
  return read_summaries(*rows);
}

Result<std::vector<CallSummary>> summaries(Connection& connection, std::string_view rest,
                                           std::initializer_list<Value> values) {
  return summaries(connection, Statement{std::string(kSelectSummaries) + std::string(rest), values});
}

// The listing by the `which`th of its statements.
Result<std::vector<CallSummary>> list_part(Connection& connection, const CallFilter& filter,
                                           std::size_t which) {
  const auto look = [&](std::int64_t newest) {
    return summaries(connection, list_statements(filter, connection.dialect(), newest)[which]);
  };
  if (filter.text.empty()) return look(0);
  const auto full = static_cast<std::size_t>(std::max(filter.limit, 0));
  for (const std::int64_t newest : kNewest) {
    if (newest <= filter.limit) continue;
    auto calls = look(newest);
    if (!calls || calls->size() >= full) return calls;
  }
  const Statement counting = count_statements(filter, kFew + 1)[which];
  const auto counted = connection.query(counting.sql, counting.values);
  if (!counted) return fail(counted.error());
  return look(counted->integer(0, 0) <= kFew ? kFew : 0);
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
  std::vector<CallSummary> calls;
  for (const std::string& workspace : workspaces) {
    CallFilter one = filter;
    one.workspace = workspace;
    const std::size_t parts = list_statements(one, connection.dialect(), 0).size();
    for (std::size_t which = 0; which < parts; ++which) {
      auto some = list_part(connection, one, which);
      if (!some) return some;
      append(calls, std::move(*some));
    }
  }
  keep_first(calls, filter.limit, true);
  return calls;
}

Result<std::optional<CallSummary>> find_by_carrier_id(Connection& connection, const std::string& carrier,
                                                      const std::string& carrier_call_id) {
  if (carrier_call_id.empty()) return std::nullopt;
  auto calls =
      summaries(connection,
                "WHERE c.carrier = ? AND c.carrier_call_id = ? ORDER BY c.started_at DESC, c.id DESC LIMIT 1",
                {valid_text(carrier), valid_text(carrier_call_id)});
  if (!calls) return fail(std::move(calls.error()));
  if (calls->empty()) return std::nullopt;
  return std::move(calls->front());
}

Result<std::vector<CallSummary>> open_outbound_calls(Connection& connection, const std::string& node,
                                                     int limit) {
  return summaries(connection,
                   "WHERE c.node = ? AND c.status IN ('queued', 'ringing') AND c.direction = 'outbound' "
                   "ORDER BY c.started_at, c.id LIMIT ?",
                   {node, std::int64_t{std::max(limit, 0)}});
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
