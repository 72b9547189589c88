#include "storage/call_log/removal.hpp"

#include <set>

#include <fmt/format.h>

#include "storage/call_log/row.hpp"

namespace parley::storage::call_log {
namespace {

using sql::Connection;
using sql::Dialect;
using sql::Value;
using Removed = std::vector<RemovedRecording>;

constexpr std::int64_t kPage = 1000;
// Digits of a number that nothing else in an event's JSON will hold by chance.
constexpr std::size_t kUnmistakable = 9;

constexpr std::string_view kOver = "c.status NOT IN ('queued', 'ringing', 'in_progress')";
// After so long nobody will say any more how a call that never had a stream has ended.
constexpr std::int64_t kForgottenMs = 24LL * 60 * 60 * 1000;

constexpr std::string_view kSelect =
    "SELECT c.id, c.session_id, coalesce(r.path, ''), coalesce(r.blob_kind, ''), coalesce(r.blob_key, '') "
    "FROM calls c LEFT JOIN recordings r ON r.call_id = c.id ";

Result<void> run(Connection& connection, std::string_view sql, std::initializer_list<Value> values) {
  auto done = connection.run(sql, values);
  if (!done) return fail(std::move(done.error()));
  return {};
}

Result<sql::Rows> select(Connection& connection, std::string_view rest, std::initializer_list<Value> values) {
  return connection.query(fmt::format("{}{}", kSelect, rest), values);
}

void note(const sql::Rows& rows, std::size_t row, Removed& removed) {
  if (rows.text(row, 2).empty() && rows.text(row, 4).empty()) return;
  removed.push_back({rows.text(row, 0), rows.text(row, 2), rows.text(row, 3), rows.text(row, 4)});
}

// Whatever was to be told to others about the call repeats what is being removed.
Result<void> remove_deliveries(Connection& connection, const std::string& workspace, const std::string& of) {
  return run(connection,
             connection.dialect() == Dialect::sqlite
                 ? "DELETE FROM deliveries WHERE workspace_id = ? AND instr(body, ?) > 0"
                 : "DELETE FROM deliveries WHERE workspace_id = ? AND strpos(body, ?) > 0",
             {workspace, of});
}

// The rows of kSelect: the calls with all that belongs to them, and their sessions when nothing is left
// there.
Result<void> remove_rows(Connection& connection, const std::string& workspace, const sql::Rows& rows,
                         Removed& removed) {
  std::set<std::string> sessions;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    note(rows, i, removed);
    sessions.insert(rows.text(i, 1));
    if (auto done = run(connection, "DELETE FROM calls WHERE id = ?", {rows.text(i, 0)}); !done) return done;
  }
  for (const std::string& session : sessions) {
    auto done =
        run(connection,
            "DELETE FROM sessions WHERE workspace_id = ? AND id = ? AND channel <> 'chat' AND NOT EXISTS "
            "(SELECT 1 FROM calls c WHERE c.workspace_id = sessions.workspace_id AND c.session_id = "
            "sessions.id) AND NOT EXISTS (SELECT 1 FROM chat_messages m WHERE m.workspace_id = "
            "sessions.workspace_id AND m.session_id = sessions.id)",
            {workspace, session});
    if (!done) return done;
  }
  return {};
}

// Chats know their caller as free text, so each is looked at.
Result<void> remove_chats(Connection& connection, const std::string& workspace, const std::string& key) {
  std::string last;
  while (true) {
    const auto rows = connection.query(
        "SELECT id, caller FROM sessions WHERE workspace_id = ? AND id > ? AND channel <> 'phone' AND caller "
        "<> "
        "'' ORDER BY id LIMIT ?",
        {workspace, last, kPage});
    if (!rows) return fail(rows.error());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      last = rows->text(i, 0);
      if (number_key(rows->text(i, 1)) != key) continue;
      // Calls over the web may belong to it.
      for (const std::string_view sql :
           {"DELETE FROM calls WHERE workspace_id = ? AND session_id = ? AND status NOT IN ('queued', "
            "'ringing', 'in_progress')",
            "DELETE FROM sessions WHERE workspace_id = ? AND id = ? AND NOT EXISTS (SELECT 1 FROM calls c "
            "WHERE "
            "c.workspace_id = sessions.workspace_id AND c.session_id = sessions.id)"}) {
        if (auto done = run(connection, sql, {workspace, last}); !done) return done;
      }
      if (auto done = remove_deliveries(connection, workspace, last); !done) return done;
    }
    if (rows->size() < static_cast<std::size_t>(kPage)) return {};
  }
}

}  // namespace

Result<Removed> remove_call(Connection& connection, const std::string& workspace, const std::string& id) {
  const auto rows =
      select(connection, fmt::format("WHERE c.workspace_id = ? AND c.id = ? AND {}", kOver), {workspace, id});
  if (!rows) return fail(rows.error());
  if (rows->empty()) {
    const auto running =
        connection.query("SELECT 1 FROM calls WHERE workspace_id = ? AND id = ?", {workspace, id});
    if (!running) return fail(running.error());
    if (running->empty()) return fail(Errc::not_found, fmt::format("there is no call '{}'", id));
    return fail(Errc::conflict, fmt::format("the call '{}' goes on: hang up first", id));
  }
  Removed removed;
  if (auto done = remove_rows(connection, workspace, *rows, removed); !done) return fail(done.error());
  if (auto done = remove_deliveries(connection, workspace, id); !done) return fail(done.error());
  return removed;
}

Result<Removed> remove_caller(Connection& connection, const std::string& workspace, const std::string& number,
                              int* calls) {
  const std::string key = number_key(number);
  if (key.empty()) return fail(Errc::invalid_argument, "a caller's number has digits");
  if (calls != nullptr) *calls = 0;
  Removed removed;
  // Our own side of a call must not take everybody's calls along.
  for (const std::string_view where : {"WHERE c.workspace_id = ? AND c.from_key = ? AND c.direction <> "
                                       "'outbound'",
                                       "WHERE c.workspace_id = ? AND c.to_key = ? AND c.direction = "
                                       "'outbound'"}) {
    const auto rows = select(connection, fmt::format("{} AND {}", where, kOver), {workspace, key});
    if (!rows) return fail(rows.error());
    if (calls != nullptr) *calls += static_cast<int>(rows->size());
    for (std::size_t i = 0; i < rows->size(); ++i) {
      if (auto done = remove_deliveries(connection, workspace, rows->text(i, 0)); !done)
        return fail(done.error());
    }
    if (auto done = remove_rows(connection, workspace, *rows, removed); !done) return fail(done.error());
  }
  if (auto done = remove_chats(connection, workspace, key); !done) return fail(done.error());
  // A short number stands within times and other numbers, too: it must end a text then.
  const std::string told = key.size() < kUnmistakable ? key + '"' : key;
  if (auto done = remove_deliveries(connection, workspace, told); !done) return fail(done.error());
  return removed;
}

Result<Removed> remove_older(Connection& connection, const std::string& workspace, WallMillis before,
                             bool only_recordings, int limit) {
  const std::int64_t most = std::max(limit, 0);
  Removed removed;
  if (!only_recordings) {
    const auto rows = select(
        connection,
        fmt::format("WHERE c.workspace_id = ? AND c.started_at < ? AND ({} OR (c.status <> 'in_progress' AND "
                    "c.started_at < ?)) ORDER BY c.started_at, c.id LIMIT ?",
                    kOver),
        {workspace, before, before - kForgottenMs, most});
    if (!rows) return fail(rows.error());
    if (auto done = remove_rows(connection, workspace, *rows, removed); !done) return fail(done.error());
    return removed;
  }
  // Only what is still there, in the order of its index: those before are gone already.
  const auto rows =
      select(connection,
             fmt::format("WHERE (r.path <> '' OR r.blob_key <> '') AND c.workspace_id = ? AND c.started_at "
                         "< ? AND {} ORDER BY r.call_id LIMIT ?",
                         kOver),
             {workspace, before, most});
  if (!rows) return fail(rows.error());
  for (std::size_t i = 0; i < rows->size(); ++i) {
    note(*rows, i, removed);
    auto done = run(connection,
                    "UPDATE recordings SET path = '', blob_kind = '', blob_key = '', upload_token = '', "
                    "blob_bytes = 0, stored_kind = '' WHERE call_id = ?",
                    {rows->text(i, 0)});
    if (!done) return fail(done.error());
  }
  return removed;
}

}  // namespace parley::storage::call_log
