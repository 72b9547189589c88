// Versions of agents: what was published, what differs, and the texts themselves.
#include <charconv>

#include <boost/json.hpp>
#include <fmt/core.h>

#include "agent/agent_catalog.hpp"
#include "api/agent_handlers.hpp"
#include "api/json_out.hpp"
#include "control/agent_text.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using storage::AgentRow;
using storage::AgentVersionRow;

json::object version_to_json(const AgentVersionRow& version, const AgentRow& agent) {
  return {{"number", version.number},
          {"contentVersion", version.content_version},
          {"note", version.note},
          {"publishedBy", version.published_by},
          {"publishedAt", utc_time(version.published_at)},
          {"current", version.number == agent.published_version}};
}

}  // namespace

std::expected<std::string, Problem> AgentRoutes::text_at(const AgentRow& row, std::string_view which) const {
  if (which == "draft") {
    if (row.draft.empty()) return std::unexpected(not_found("this agent has no draft"));
    return row.draft;
  }
  int number = 0;
  std::from_chars(which.data(), which.data() + which.size(), number);
  auto version = d_.store.find_agent_version(row.workspace_id, row.id, number);
  if (version) return std::move(version->text);
  return std::unexpected(find_problem("version of this agent", version.error()));
}

std::expected<std::string, Problem> AgentRoutes::current_text(const AgentRow& row) const {
  return row.draft.empty() ? text_at(row, std::to_string(row.published_version)) : row.draft;
}

ApiResult AgentRoutes::export_yaml(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  const auto which = request.query.find("version");
  auto text = which == request.query.end() ? current_text(*row) : text_at(*row, which->second);
  if (!text) return std::unexpected(std::move(text.error()));
  ApiAnswer answer;
  answer.text = text->starts_with('{') ? control::agent_yaml(*text).value_or(*text) : std::move(*text);
  answer.content_type = "text/yaml; charset=utf-8";
  answer.headers.emplace_back("Content-Disposition",
                              fmt::format("attachment; filename=\"{}.yaml\"", row->name));
  return answer;
}

ApiResult AgentRoutes::versions(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  auto rows = d_.store.list_agent_versions(request.workspace(), row->id);
  if (!rows) return std::unexpected(problem_of(rows.error()));
  json::array items;
  for (const AgentVersionRow& version : *rows)
    items.push_back(version_to_json(version, *row));
  return json_answer(json::object{{"items", std::move(items)}});
}

ApiResult AgentRoutes::version(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  int number = 0;
  const std::string& text = request.id("number");
  std::from_chars(text.data(), text.data() + text.size(), number);
  auto version = d_.store.find_agent_version(request.workspace(), row->id, number);
  if (!version) return std::unexpected(find_problem("version of this agent", version.error()));
  auto config = control::agent_config(version->text);
  if (!config) return std::unexpected(problem_of(config.error()));
  json::object body = version_to_json(*version, *row);
  body["yaml"] = version->text.starts_with('{') ? control::agent_yaml(version->text).value_or(version->text)
                                                : version->text;
  body["config"] = std::move(*config);
  return json_answer(std::move(body));
}

ApiResult AgentRoutes::diff(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  const std::string& from = request.query.find("from")->second;
  const std::string& to = request.query.find("to")->second;
  auto before = text_at(*row, from);
  if (!before) return std::unexpected(std::move(before.error()));
  auto after = text_at(*row, to);
  if (!after) return std::unexpected(std::move(after.error()));
  const auto before_config = control::agent_config(*before);
  const auto after_config = control::agent_config(*after);
  if (!before_config) return std::unexpected(problem_of(before_config.error()));
  if (!after_config) return std::unexpected(problem_of(after_config.error()));
  json::array changes;
  for (control::Change& change : control::differences(*before_config, *after_config)) {
    static constexpr const char* kKinds[] = {"added", "removed", "changed"};
    changes.push_back({{"path", change.path},
                       {"kind", kKinds[static_cast<int>(change.kind)]},
                       {"before", std::move(change.before)},
                       {"after", std::move(change.after)}});
  }
  return json_answer(json::object{{"from", from}, {"to", to}, {"changes", std::move(changes)}});
}

ApiResult AgentRoutes::providers(const ApiRequest& request) const {
  json::array items;
  for (const ProviderInfo& provider : d_.providers(request.workspace())) {
    json::array parts;
    for (const std::string& part : provider.parts)
      parts.emplace_back(part);
    items.push_back({{"name", provider.name}, {"parts", std::move(parts)}, {"ready", provider.ready}});
  }
  return json_answer(json::object{{"items", std::move(items)}});
}

ApiResult AgentRoutes::schema(const ApiRequest&) {
  ApiAnswer answer;
  answer.text = std::string(agent::agent_schema());
  answer.content_type = "application/schema+json";
  return answer;
}

}  // namespace parley::api
