#include <algorithm>

#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kColumns = "workspace_id, session_id, number, role, text, detail, at";

ChatMessageRecord read_message(RowReader& row) {
  return {.workspace_id = row.text(),
          .session_id = row.text(),
          .number = row.number(),
          .role = row.text(),
          .text = row.text(),
          .detail = row.text(),
          .at = row.integer()};
}

}  // namespace

Result<void> SqlControlStore::append_messages(const std::string& workspace, const std::string& session_id,
                                              std::vector<ChatMessageRecord> messages) {
  WallMillis newest = 0;
  for (const ChatMessageRecord& message : messages)
    newest = std::max(newest, message.at);

  return sql::in_transaction<void>(database_, [&](sql::Connection& connection) -> Result<void> {
    // Changing the session first locks it: whoever appends at the same time numbers on after us.
    const auto touched = connection.run(
        "UPDATE sessions SET messages = messages + ?, updated_at = CASE WHEN updated_at < ? THEN ? ELSE "
        "updated_at END WHERE workspace_id = ? AND id = ?",
        {static_cast<std::int64_t>(messages.size()), newest, newest, workspace, session_id});
    if (!touched) return fail(touched.error());
    if (*touched == 0) return fail(Errc::not_found, control::no_record("session", session_id));

    const auto last = connection.query(
        "SELECT coalesce(max(number), 0) FROM chat_messages WHERE workspace_id = ? AND session_id = ?",
        {workspace, session_id});
    if (!last) return fail(last.error());
    std::int64_t number = last->integer(0, 0);
    const std::string insert =
        fmt::format("INSERT INTO chat_messages ({}) VALUES (?, ?, ?, ?, ?, ?, ?)", kColumns);
    for (const ChatMessageRecord& message : messages) {
      const auto inserted = connection.run(
          insert, {workspace, session_id, ++number, message.role, message.text, message.detail, message.at});
      if (!inserted) return fail(inserted.error());
    }
    return {};
  });
}

Result<std::vector<ChatMessageRecord>> SqlControlStore::list_messages(const std::string& workspace,
                                                                      const std::string& session_id) {
  auto messages = control::list(
      database_,
      fmt::format("SELECT {} FROM chat_messages WHERE workspace_id = ? AND session_id = ? ORDER BY number",
                  kColumns),
      {workspace, session_id}, read_message);
  if (!messages || !messages->empty()) return messages;
  // None yet, or no such session.
  if (const auto session = find_session(workspace, session_id); !session) return fail(session.error());
  return messages;
}

Result<int> SqlControlStore::delete_short_chats(const std::string& workspace, int most, WallMillis before) {
  // A chat that went on as a call is kept with its call.
  const auto deleted = control::change(
      database_,
      "DELETE FROM sessions WHERE workspace_id = ? AND channel = 'chat' AND messages <= ? AND (ended = 1 OR "
      "updated_at < ?) AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.workspace_id = sessions.workspace_id "
      "AND calls.session_id = sessions.id)",
      {workspace, most, before});
  if (!deleted) return fail(deleted.error());
  return static_cast<int>(*deleted);
}

}  // namespace parley::storage
