#include "control/agent_choice.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "agent/agent_catalog.hpp"
#include "agent/agent_file.hpp"

namespace parley::control {
namespace {

Result<Answerer> answerer_of(const AgentDirectory& agents, const std::string& workspace, std::string text,
                             std::string_view what) {
  const auto cannot = [&](const Error& error) {
    return fail(Errc::conflict, fmt::format("{} cannot talk yet: {}", what, error.message));
  };
  auto parsed = agent::parse_agent(text, what);
  if (!parsed) return cannot(parsed.error());
  auto ready = agents.try_out(workspace, std::move(*parsed));
  if (!ready) return cannot(ready.error());
  return Answerer{std::move(*ready), std::move(text), workspace, ""};
}

}  // namespace

Result<Answerer> choose_agent(storage::ControlStore& store, const AgentDirectory& agents,
                              const AgentWish& wish) {
  if (wish.draft && !wish.agent.empty()) {
    auto row = store.find_agent(wish.workspace_id, wish.agent);
    if (row && !row->draft.empty())
      return answerer_of(agents, wish.workspace_id, std::move(row->draft), "the draft");
    if (!row && row.error().code != Errc::not_found) return fail(std::move(row.error()));
  }
  auto found = agents.find(wish.workspace_id, wish.agent);
  if (found || !wish.bundled || found.error().code != Errc::not_found) return found;
  // A workspace's own agent of that name is meant, even if it was never published.
  const auto own = store.find_agent(wish.workspace_id, wish.agent);
  if (own || own.error().code != Errc::not_found) return found;
  const auto bundled = agent::bundled_agents();
  const auto agent = std::ranges::find(bundled, wish.agent, &agent::BundledAgent::name);
  if (agent == bundled.end()) return found;
  return answerer_of(agents, wish.workspace_id, std::string(agent->text), wish.agent);
}

bool is_agent_of(storage::ControlStore& store, const AgentDirectory& agents,
                 const storage::SessionRecord& session, const std::string& id_or_name) {
  if (id_or_name.empty() || id_or_name == session.agent) return true;
  const auto published = agents.find(session.workspace_id, id_or_name);
  if (published) return published->agent->agent()->name == session.agent;
  // One that was never published is known by its id all the same.
  const auto row = store.find_agent(session.workspace_id, id_or_name);
  return row && row->name == session.agent;
}

Result<Answerer> frozen_agent(const AgentDirectory& agents, const storage::SessionRecord& session) {
  auto published = agents.find(session.workspace_id, session.agent);
  if (published && published->agent->agent()->version == session.agent_version) return published;
  if (session.agent_text.empty()) return published;
  auto parsed = agent::parse_agent(session.agent_text, session.agent);
  if (!parsed) return fail(std::move(parsed.error()));
  auto ready = agents.try_out(session.workspace_id, std::move(*parsed));
  if (!ready) return fail(std::move(ready.error()));
  return Answerer{std::move(*ready), session.agent_text, session.workspace_id, ""};
}

}  // namespace parley::control
