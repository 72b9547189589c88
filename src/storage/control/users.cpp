#include <fmt/format.h>

#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::RowReader;

constexpr std::string_view kSelect =
    "SELECT id, workspace_id, email, name, role, password_hash, disabled, etag, created_at, last_login_at "
    "FROM users";

UserRecord read_user(RowReader& row) {
  UserRecord user;
  user.id = row.text();
  user.workspace_id = row.text();
  user.email = row.text();
  user.name = row.text();
  // A word this program does not know gives the least.
  user.role = parse_user_role(row.text()).value_or(UserRole::viewer);
  user.password_hash = row.text();
  user.disabled = row.flag();
  user.etag = row.integer();
  user.created_at = row.integer();
  user.last_login_at = row.integer();
  return user;
}

template <class Source>
Result<UserRecord> find_in(Source& source, const std::string& workspace, const std::string& id) {
  return control::find(source, fmt::format("{} WHERE workspace_id = ? AND id = ?", kSelect), {workspace, id},
                       read_user, control::no_record("user", id));
}

bool can_log_in_as_owner(const UserRecord& user) {
  return user.role == UserRole::owner && !user.disabled && !user.password_hash.empty();
}

// Errc::conflict when `user` is the last owner who can log in. The workspace's lock makes two owners who
// remove each other take turns.
Result<void> check_another_owner(sql::Connection& connection, const UserRecord& user) {
  const std::string locking =
      fmt::format("SELECT id FROM workspaces WHERE id = ?{}", control::locking(connection));
  if (const auto locked = connection.query(locking, {user.workspace_id}); !locked)
    return fail(locked.error());
  // Read again under the lock: the one before us may have made this user the last one, or no owner at all.
  const Result<UserRecord> current = find_in(connection, user.workspace_id, user.id);
  if (!current) return fail(current.error());
  if (!can_log_in_as_owner(*current)) return {};
  const auto others = connection.query(
      "SELECT count(*) FROM users WHERE workspace_id = ? AND id <> ? AND role = 'owner' AND disabled = 0 AND "
      "password_hash <> ''",
      {user.workspace_id, user.id});
  if (!others) return fail(others.error());
  if (others->integer(0, 0) > 0) return {};
  return fail(Errc::conflict, "the last owner who can log in must stay: make somebody else an owner first");
}

std::string taken(const UserRecord& record) {
  return fmt::format("a user with the address '{}' is there already", record.email);
}

}  // namespace

Result<std::int64_t> SqlControlStore::count_owners() {
  auto reader = database_.reader();
  if (!reader) return fail(std::move(reader.error()));
  const Result<sql::Rows> rows = (*reader)->query(
      "SELECT count(*) FROM users WHERE role = 'owner' AND password_hash <> '' AND disabled = 0");
  if (!rows) return fail(rows.error());
  return rows->integer(0, 0);
}

Result<std::vector<UserRecord>> SqlControlStore::list_users(const std::string& workspace) {
  return control::list(database_, fmt::format("{} WHERE workspace_id = ? ORDER BY created_at, id", kSelect),
                       {workspace}, read_user);
}

Result<UserRecord> SqlControlStore::find_user(const std::string& workspace, const std::string& id) {
  return find_in(database_, workspace, id);
}

Result<UserRecord> SqlControlStore::find_user_by_email(const std::string& email) {
  return control::find(database_, fmt::format("{} WHERE email = ?", kSelect), {email}, read_user,
                       "no user with this address");
}

Result<void> SqlControlStore::create_user(const UserRecord& record) {
  return control::insert(
      database_,
      "INSERT INTO users (id, workspace_id, email, name, role, password_hash, disabled, "
      "etag, created_at, last_login_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      {record.id, record.workspace_id, record.email, record.name, std::string(to_string(record.role)),
       record.password_hash, record.disabled, record.etag, record.created_at, record.last_login_at},
      taken(record));
}

Result<std::int64_t> SqlControlStore::update_user(const UserRecord& record, std::int64_t expected_etag) {
  return sql::in_transaction<
      std::int64_t>(database_, [&](sql::Connection& connection) -> Result<std::int64_t> {
    if (!can_log_in_as_owner(record)) {
      if (auto checked = check_another_owner(connection, record); !checked) return fail(checked.error());
    }
    const std::string sql = fmt::format(
        "UPDATE users SET email = ?, name = ?, role = ?, password_hash = ?, disabled = ?, last_login_at = "
        "?, etag = etag + 1 WHERE workspace_id = ? AND id = ? AND {} RETURNING etag",
        control::kEtagMatches);
    return control::update_record(
        connection, {"users", "user", record.workspace_id, record.id}, sql,
        {record.email, record.name, std::string(to_string(record.role)), record.password_hash,
         record.disabled, record.last_login_at, record.workspace_id, record.id, expected_etag, expected_etag},
        taken(record));
  });
}

Result<void> SqlControlStore::delete_user(const std::string& workspace, const std::string& id) {
  return sql::in_transaction<void>(database_, [&](sql::Connection& connection) -> Result<void> {
    UserRecord user;
    user.id = id;
    user.workspace_id = workspace;
    if (auto checked = check_another_owner(connection, user); !checked) return fail(checked.error());
    const auto deleted =
        connection.run("DELETE FROM users WHERE workspace_id = ? AND id = ?", {workspace, id});
    if (!deleted) return fail(deleted.error());
    return {};
  });
}

}  // namespace parley::storage
