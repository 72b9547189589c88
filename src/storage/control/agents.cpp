#include <fmt/format.h>

#include "storage/control/agent_rows.hpp"
#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::kAgentColumns;
using control::read_agent;

std::string select(std::string_view where) {
  return fmt::format("SELECT {} FROM agents WHERE {}", kAgentColumns, where);
}

std::string taken(const AgentRow& record) {
  return fmt::format("an agent named '{}' is there already", record.name);
}

}  // namespace

Result<std::vector<AgentRow>> SqlControlStore::list_agents(const std::string& workspace) {
  return control::list(database_, select("workspace_id = ? ORDER BY name"), {workspace}, read_agent);
}

Result<AgentRow> SqlControlStore::find_agent(const std::string& workspace, const std::string& id_or_name) {
  // An agent may be named like another's id: the id wins.
  return control::find(database_,
                       select("workspace_id = ? AND (id = ? OR name = ?) ORDER BY CASE WHEN id = ? THEN 0 "
                              "ELSE 1 END LIMIT 1"),
                       {workspace, id_or_name, id_or_name, id_or_name}, read_agent,
                       control::no_record("agent", id_or_name));
}

Result<void> SqlControlStore::create_agent(const AgentRow& record) {
  return control::insert(
      database_, fmt::format("INSERT INTO agents ({}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", kAgentColumns),
      {record.id, record.workspace_id, record.name, record.draft, record.published_version,
       record.published_at, record.etag, record.created_at, record.updated_at},
      taken(record));
}

Result<std::int64_t> SqlControlStore::update_agent_draft(const AgentRow& record, std::int64_t expected_etag) {
  const std::string sql = fmt::format(
      "UPDATE agents SET name = ?, draft = ?, updated_at = ?, etag = etag + 1 WHERE workspace_id = ? AND id "
      "= "
      "? AND {} RETURNING etag",
      control::kEtagMatches);
  return control::update_record(database_, {"agents", "agent", record.workspace_id, record.id}, sql,
                                {record.name, record.draft, record.updated_at, record.workspace_id, record.id,
                                 expected_etag, expected_etag},
                                taken(record));
}

Result<void> SqlControlStore::delete_agent(const std::string& workspace, const std::string& id,
                                           std::int64_t expected_etag) {
  return sql::in_transaction<void>(database_, [&](sql::Connection& connection) -> Result<void> {
    // Locked first, so that no number is linked to it between the two statements.
    if (auto locked = control::lock_record(connection, {"agents", "agent", workspace, id}, expected_etag);
        !locked) {
      return fail(locked.error());
    }
    const auto unlinked = connection.run(
        "UPDATE phone_numbers SET agent_id = NULL, etag = etag + 1 WHERE workspace_id = ? AND agent_id = ?",
        {workspace, id});
    if (!unlinked) return fail(unlinked.error());
    const auto deleted =
        connection.run("DELETE FROM agents WHERE workspace_id = ? AND id = ?", {workspace, id});
    if (!deleted) return fail(deleted.error());
    return {};
  });
}

}  // namespace parley::storage
