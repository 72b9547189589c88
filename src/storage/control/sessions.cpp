#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns =
    "workspace_id, id, channel, agent, agent_version, agent_text, carrier_call_id, caller, ended, messages, "
    "created_at, updated_at";

SessionRecord read_session(RowReader& row) {
  SessionRecord session;
  session.workspace_id = row.text();
  session.id = row.text();
  session.channel = row.text();
  session.agent = row.text();
  session.agent_version = row.text();
  session.agent_text = row.text();
  session.carrier_call_id = row.text();
  session.caller = row.text();
  session.ended = row.flag();
  session.messages = row.number();
  session.created_at = row.integer();
  session.updated_at = row.integer();
  return session;
}

std::string select(std::string_view where) {
  return fmt::format("SELECT {} FROM sessions WHERE workspace_id = ?{}", kColumns, where);
}

template <class Source>
Result<SessionRecord> find_in(Source& source, const std::string& workspace, const std::string& id) {
  return control::find(source, select(" AND id = ?"), {workspace, id}, read_session,
                       control::no_record("session", id));
}

}  // namespace

Result<SessionRecord> SqlControlStore::create_session(const SessionRecord& record) {
  auto writer = database_.writer();
  if (!writer) return fail(std::move(writer.error()));
  // Of two who make one id at once the second finds what the first has made. It may be deleted in between:
  // then it is made anew.
  for (int attempt = 0; attempt < 5; ++attempt) {
    const auto inserted = (*writer)->run(
        fmt::format("INSERT INTO sessions ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT "
                    "(workspace_id, id) DO NOTHING",
                    kColumns),
        {record.workspace_id, record.id, record.channel, record.agent, record.agent_version,
         record.agent_text, record.carrier_call_id, record.caller, record.ended, record.messages,
         record.created_at, record.updated_at});
    if (!inserted) return fail(inserted.error());
    Result<SessionRecord> session = find_in(**writer, record.workspace_id, record.id);
    if (session || session.error().code != Errc::not_found) return session;
  }
  return fail(Errc::conflict, "others make and delete a session with this id: try again");
}

Result<SessionRecord> SqlControlStore::find_session(const std::string& workspace, const std::string& id) {
  return find_in(database_, workspace, id);
}

// Ids of sessions are often given by others and do not sort by time: the cursor stands for its row's time.
Result<std::vector<SessionRecord>> SqlControlStore::list_sessions(const std::string& workspace,
                                                                  const std::string& channel,
                                                                  const Page& page) {
  std::string where;
  std::vector<sql::Value> values{workspace};
  if (!channel.empty()) {
    where += " AND channel = ?";
    values.emplace_back(channel);
  }
  if (!page.after.empty()) {
    const Result<SessionRecord> last = find_in(database_, workspace, page.after);
    if (!last) {
      if (last.error().code != Errc::not_found) return fail(last.error());
      return fail(Errc::invalid_argument, "the session that the page comes after is gone: start again");
    }
    where += " AND (created_at < ? OR (created_at = ? AND id < ?))";
    values.emplace_back(last->created_at);
    values.emplace_back(last->created_at);
    values.emplace_back(last->id);
  }
  where += " ORDER BY created_at DESC, id DESC LIMIT ?";
  values.emplace_back(control::page_limit(page.limit));
  return control::list(database_, select(where), values, read_session);
}

Result<void> SqlControlStore::end_session(const std::string& workspace, const std::string& id,
                                          WallMillis now) {
  return control::change_one(
      database_, "UPDATE sessions SET ended = 1, updated_at = ? WHERE workspace_id = ? AND id = ?",
      {now, workspace, id}, control::no_record("session", id));
}

Result<void> SqlControlStore::delete_session(const std::string& workspace, const std::string& id) {
  return sql::in_transaction<void>(database_, [&](sql::Connection& connection) -> Result<void> {
    const auto locked =
        connection.query(fmt::format("SELECT id FROM sessions WHERE workspace_id = ? AND id = ?{}",
                                     control::locking(connection)),
                         {workspace, id});
    if (!locked) return fail(locked.error());
    if (locked->empty()) return fail(Errc::not_found, control::no_record("session", id));
    // The rows of a call that goes on are still being written: it would come back in pieces.
    const auto running = connection.query(
        "SELECT count(*) FROM calls WHERE workspace_id = ? AND session_id = ? AND status IN ('queued', "
        "'ringing', 'in_progress')",
        {workspace, id});
    if (!running) return fail(running.error());
    if (running->integer(0, 0) > 0)
      return fail(Errc::conflict, "a call of this session goes on: hang up first");
    for (const std::string_view sql : {"DELETE FROM calls WHERE workspace_id = ? AND session_id = ?",
                                       "DELETE FROM sessions WHERE workspace_id = ? AND id = ?"}) {
      if (const auto deleted = connection.run(sql, {workspace, id}); !deleted) return fail(deleted.error());
    }
    return {};
  });
}

}  // namespace parley::storage
