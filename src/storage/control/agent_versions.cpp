#include <fmt/format.h>

#include "storage/control/agent_rows.hpp"
#include "storage/control/sql_control_store.hpp"
#include "storage/control/statements.hpp"

namespace parley::storage {
namespace {

using control::kAgentColumns;
using control::read_agent;
using control::RowReader;

constexpr std::string_view kVersionColumns =
    "agent_id, number, text, content_version, note, published_by, agent_versions.published_at";

AgentVersionRow read_version(RowReader& row) {
  return {.agent_id = row.text(),
          .number = row.number(),
          .text = row.text(),
          .content_version = row.text(),
          .note = row.text(),
          .published_by = row.text(),
          .published_at = row.integer()};
}

ControlStore::PublishedAgent read_published(RowReader& row) {
  AgentRow agent = read_agent(row);
  return {std::move(agent), read_version(row)};
}

// Versions carry no workspace of their own: the agent's decides.
std::string select_versions(std::string_view where) {
  return fmt::format(
      "SELECT {} FROM agent_versions JOIN agents ON agents.id = agent_versions.agent_id WHERE "
      "agents.workspace_id = ? AND agents.id = ?{}",
      kVersionColumns, where);
}

Result<void> insert_version(sql::Connection& connection, const AgentVersionRow& version) {
  const auto inserted = connection.run(
      "INSERT INTO agent_versions (agent_id, number, text, content_version, note, published_by, "
      "published_at) "
      "VALUES (?, ?, ?, ?, ?, ?, ?)",
      {version.agent_id, version.number, version.text, version.content_version, version.note,
       version.published_by, version.published_at});
  if (!inserted) return fail(inserted.error());
  return {};
}

}  // namespace

Result<AgentRow> SqlControlStore::publish_agent(const std::string& workspace, const std::string& id,
                                                std::int64_t expected_etag, AgentVersionRow version) {
  return sql::in_transaction<AgentRow>(database_, [&](sql::Connection& connection) -> Result<AgentRow> {
    // The agent's lock makes two publishers take turns, so that numbers have no gaps and no doubles.
    if (auto locked = control::lock_record(connection, {"agents", "agent", workspace, id}, expected_etag);
        !locked) {
      return fail(locked.error());
    }
    const auto last =
        connection.query("SELECT coalesce(max(number), 0) FROM agent_versions WHERE agent_id = ?", {id});
    if (!last) return fail(last.error());
    version.agent_id = id;
    version.number = static_cast<int>(last->integer(0, 0)) + 1;
    if (auto inserted = insert_version(connection, version); !inserted) return fail(inserted.error());
    return control::find(
        connection,
        fmt::format("UPDATE agents SET published_version = ?, published_at = ?, updated_at = ?, draft = '', "
                    "etag = etag + 1 WHERE workspace_id = ? AND id = ? RETURNING {}",
                    kAgentColumns),
        {version.number, version.published_at, version.published_at, workspace, id}, read_agent,
        control::no_record("agent", id));
  });
}

Result<std::vector<AgentVersionRow>> SqlControlStore::list_agent_versions(const std::string& workspace,
                                                                          const std::string& agent_id) {
  auto versions =
      control::list(database_, select_versions(" ORDER BY number DESC"), {workspace, agent_id}, read_version);
  if (!versions || !versions->empty()) return versions;
  // None yet, or no such agent.
  const Result<AgentRow> agent = control::find(
      database_, fmt::format("SELECT {} FROM agents WHERE workspace_id = ? AND id = ?", kAgentColumns),
      {workspace, agent_id}, read_agent, control::no_record("agent", agent_id));
  if (!agent) return fail(agent.error());
  return versions;
}

Result<AgentVersionRow> SqlControlStore::find_agent_version(const std::string& workspace,
                                                            const std::string& agent_id, int number) {
  return control::find(database_, select_versions(" AND number = ?"), {workspace, agent_id, number},
                       read_version, fmt::format("no version {} of agent '{}'", number, agent_id));
}

Result<std::vector<ControlStore::PublishedAgent>> SqlControlStore::published_agents() {
  const std::string sql = fmt::format(
      "SELECT agents.id, workspace_id, name, draft, published_version, agents.published_at, etag, "
      "created_at, "
      "updated_at, {} FROM agents JOIN agent_versions ON agent_versions.agent_id = agents.id AND "
      "agent_versions.number = agents.published_version ORDER BY workspace_id, name",
      kVersionColumns);
  return control::list(database_, sql, {}, read_published);
}

}  // namespace parley::storage
