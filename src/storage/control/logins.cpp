#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kInviteColumns = "token_hash, workspace_id, user_id, created_at, expires_at";

LoginRecord read_login(RowReader& row) {
  return {.token_hash = row.text(),
          .user_id = row.text(),
          .workspace_id = row.text(),
          .csrf_token = row.text(),
          .created_at = row.integer(),
          .expires_at = row.integer()};
}

InviteRecord read_invite(RowReader& row) {
  return {.token_hash = row.text(),
          .workspace_id = row.text(),
          .user_id = row.text(),
          .created_at = row.integer(),
          .expires_at = row.integer()};
}

// The hashes of tokens stay out of messages.
constexpr std::string_view kNoLogin = "this login is over";
constexpr std::string_view kNoInvite = "this link was used already or is too old";

}  // namespace

Result<void> SqlControlStore::create_login(const LoginRecord& record) {
  return control::insert(database_,
                         "INSERT INTO logins (token_hash, user_id, workspace_id, csrf_token, created_at, "
                         "expires_at) VALUES (?, ?, ?, ?, ?, ?)",
                         {record.token_hash, record.user_id, record.workspace_id, record.csrf_token,
                          record.created_at, record.expires_at},
                         "this login is there already");
}

Result<LoginRecord> SqlControlStore::find_login(const std::string& token_hash, WallMillis now) {
  return control::find(database_,
                       "SELECT token_hash, user_id, workspace_id, csrf_token, created_at, expires_at FROM "
                       "logins WHERE token_hash = ? AND expires_at > ?",
                       {token_hash, now}, read_login, kNoLogin);
}

Result<void> SqlControlStore::extend_login(const std::string& token_hash, WallMillis expires_at,
                                           WallMillis now) {
  const auto extended = control::change(
      database_,
      "UPDATE logins SET expires_at = ? WHERE token_hash = ? AND expires_at > ? AND expires_at < ?",
      {expires_at, token_hash, now, expires_at});
  if (!extended) return fail(extended.error());
  return {};
}

Result<void> SqlControlStore::delete_login(const std::string& token_hash) {
  const auto deleted = control::change(database_, "DELETE FROM logins WHERE token_hash = ?", {token_hash});
  if (!deleted) return fail(deleted.error());
  return {};
}

Result<void> SqlControlStore::delete_logins_of(const std::string& user_id) {
  const auto deleted = control::change(database_, "DELETE FROM logins WHERE user_id = ?", {user_id});
  if (!deleted) return fail(deleted.error());
  return {};
}

Result<void> SqlControlStore::create_invite(const InviteRecord& record) {
  return control::insert(database_,
                         fmt::format("INSERT INTO invites ({}) VALUES (?, ?, ?, ?, ?)", kInviteColumns),
                         {record.token_hash, record.workspace_id, control::reference(record.user_id),
                          record.created_at, record.expires_at},
                         "this link is there already");
}

Result<InviteRecord> SqlControlStore::find_invite(const std::string& token_hash, WallMillis now) {
  return control::find(
      database_,
      fmt::format("SELECT {} FROM invites WHERE token_hash = ? AND expires_at > ?", kInviteColumns),
      {token_hash, now}, read_invite, kNoInvite);
}

Result<InviteRecord> SqlControlStore::take_invite(const std::string& token_hash, WallMillis now) {
  // One statement: the database lets only one of two delete the row.
  const Result<sql::Rows> rows = control::change_and_tell(
      database_,
      fmt::format("DELETE FROM invites WHERE token_hash = ? AND expires_at > ? RETURNING {}", kInviteColumns),
      {token_hash, now});
  if (!rows) return fail(rows.error());
  if (rows->empty()) return fail(Errc::not_found, std::string(kNoInvite));
  RowReader row(*rows, 0);
  return read_invite(row);
}

}  // namespace parley::storage
