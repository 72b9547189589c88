#include "api/agent_routes.hpp"

#include <boost/json.hpp>
#include <fmt/core.h>

#include "agent/agent_file.hpp"
#include "api/agent_handlers.hpp"
#include "api/json_out.hpp"
#include "base/ids.hpp"
#include "control/agent_text.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using storage::AgentRow;
using storage::AgentVersionRow;

// In messages, before the line.
constexpr std::string_view kSource = "agent";

json::object summary(const AgentRow& row) {
  return {{"id", row.id},
          {"name", row.name},
          {"publishedVersion", row.published_version == 0 ? json::value(nullptr) : row.published_version},
          {"hasDraft", !row.draft.empty()},
          {"publishedAt", time_or_null(row.published_at)},
          {"createdAt", utc_time(row.created_at)},
          {"updatedAt", utc_time(row.updated_at)},
          {"etag", row.etag}};
}

ApiAnswer with_target(ApiAnswer answer, const AgentRow& row, json::object detail = {}) {
  answer.audit_target = "agent " + row.name;
  if (!detail.empty()) answer.audit_detail = json::serialize(detail);
  return answer;
}

}  // namespace

// Both ways of giving a configuration, made one.
std::expected<std::string, Problem> AgentRoutes::text_of(const json::value& body) const {
  const json::object& object = body.get_object();
  const json::value* config = object.if_contains("config");
  const json::value* yaml = object.if_contains("yaml");
  if ((config == nullptr) == (yaml == nullptr))
    return std::unexpected(validation_failed({{"/body", "give either config or yaml"}}));
  return config != nullptr ? json::serialize(*config) : std::string(yaml->get_string());
}

std::expected<AgentRoutes::Read, Problem> AgentRoutes::read(const std::string& workspace,
                                                            const std::string& text,
                                                            std::string_view pointer) const {
  auto parsed = agent::parse_agent(text, kSource);
  if (!parsed) {
    std::vector<InvalidPart> parts;
    for (const control::TextProblem& problem : control::problems_of(parsed.error(), kSource)) {
      const bool has_line = problem.line > 0 && pointer != "/body/config";
      parts.push_back({std::string(pointer),
                       has_line ? fmt::format("line {}: {}", problem.line, problem.detail) : problem.detail});
    }
    return std::unexpected(validation_failed(std::move(parts)));
  }
  Read read;
  read.agent = *parsed;
  auto ready = d_.directory.try_out(workspace, *parsed);
  if (ready) {
    read.warnings = (*ready)->warnings();
  } else {
    read.usable = false;
    read.warnings.push_back(ready.error().message);
  }
  return read;
}

std::expected<AgentRow, Problem> AgentRoutes::find(const ApiRequest& request) const {
  auto row = d_.store.find_agent(request.workspace(), request.id("agentId"));
  if (row) return std::move(*row);
  return std::unexpected(find_problem("agent", row.error()));
}

ApiResult AgentRoutes::answer(const AgentRow& row, int status) const {
  auto text = current_text(row);
  if (!text) return std::unexpected(std::move(text.error()));
  auto config = control::agent_config(*text);
  if (!config) return std::unexpected(problem_of(config.error()));
  json::object body = summary(row);
  body["yaml"] = text->starts_with('{') ? control::agent_yaml(*text).value_or(*text) : *text;
  body["config"] = std::move(*config);
  json::array warnings;
  // A draft is a piece of work: what it lacks is told, not refused.
  if (auto checked = read(row.workspace_id, *text, "/body")) {
    for (std::string& warning : checked->warnings)
      warnings.emplace_back(std::move(warning));
  }
  body["warnings"] = std::move(warnings);
  ApiAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.etag = row.etag;
  if (status == 201) answer.headers.emplace_back("Location", "/api/v1/agents/" + row.id);
  return with_target(std::move(answer), row);
}

ApiResult AgentRoutes::list(const ApiRequest& request) const {
  auto rows = d_.store.list_agents(request.workspace());
  if (!rows) return std::unexpected(problem_of(rows.error()));
  json::array items;
  for (const AgentRow& row : *rows)
    items.push_back(summary(row));
  return json_answer(json::object{{"items", std::move(items)}});
}

std::expected<AgentRow, Problem> AgentRoutes::publish_text(const ApiRequest& request, const AgentRow& row,
                                                           const std::string& text, std::string note) const {
  auto checked = read(row.workspace_id, text, "/body");
  if (!checked) return std::unexpected(std::move(checked.error()));
  if (!checked->usable)
    return std::unexpected(conflict("it cannot be published: " + checked->warnings.front()));
  AgentVersionRow version;
  version.agent_id = row.id;
  version.text = text;
  version.content_version = agent::content_version(text);
  version.note = std::move(note);
  version.published_by = actor_of(request.principal);
  version.published_at = now();
  auto published = d_.store.publish_agent(row.workspace_id, row.id, row.etag, std::move(version));
  if (!published) return std::unexpected(write_problem(request, published.error()));
  if (auto refreshed = d_.directory.refresh(); !refreshed)
    return std::unexpected(problem_of(refreshed.error()));
  return std::move(*published);
}

ApiResult AgentRoutes::make(const ApiRequest& request, const std::string& text, bool publish,
                            std::string_view note, int status) const {
  const bool is_yaml = !text.starts_with('{');
  auto checked = read(request.workspace(), text, is_yaml ? "/body/yaml" : "/body/config");
  if (!checked) return std::unexpected(std::move(checked.error()));
  if (publish && !checked->usable)
    return std::unexpected(conflict("it cannot be published: " + checked->warnings.front()));
  AgentRow row;
  row.id = make_id();
  row.workspace_id = request.workspace();
  row.name = checked->agent->name;
  row.draft = text;
  row.created_at = row.updated_at = now();
  if (auto created = d_.store.create_agent(row); !created)
    return std::unexpected(problem_of(created.error()));
  if (!publish) return answer(row, status);
  auto published = publish_text(request, row, text, std::string(note));
  if (!published) return std::unexpected(std::move(published.error()));
  return answer(*published, status);
}

ApiResult AgentRoutes::create(const ApiRequest& request) const {
  auto text = text_of(request.body);
  if (!text) return std::unexpected(std::move(text.error()));
  return make(request, *text, bool_member(request.body, "publish").value_or(false),
              text_member(request.body, "note").value_or(""), 201);
}

ApiResult AgentRoutes::import(const ApiRequest& request) const {
  const bool publish = request.query.find("publish")->second == "true";
  auto checked = read(request.workspace(), request.raw_body, "/body");
  if (!checked) return std::unexpected(std::move(checked.error()));
  auto row = d_.store.find_agent(request.workspace(), checked->agent->name);
  if (!row && row.error().code == Errc::not_found)
    return make(request, request.raw_body, publish, "imported", 200);
  if (!row) return std::unexpected(problem_of(row.error()));
  if (publish) {
    auto published = publish_text(request, *row, request.raw_body, "imported");
    if (!published) return std::unexpected(std::move(published.error()));
    return answer(*published, 200);
  }
  row->draft = request.raw_body;
  row->updated_at = now();
  auto etag = d_.store.update_agent_draft(*row, row->etag);
  if (!etag) return std::unexpected(write_problem(request, etag.error()));
  row->etag = *etag;
  return answer(*row, 200);
}

ApiResult AgentRoutes::validate(const ApiRequest& request) const {
  auto text = text_of(request.body);
  if (!text) return std::unexpected(std::move(text.error()));
  json::array problems;
  json::array warnings;
  const auto parsed = agent::parse_agent(*text, kSource);
  if (!parsed) {
    const bool has_lines = !text->starts_with('{');
    for (const control::TextProblem& problem : control::problems_of(parsed.error(), kSource))
      problems.push_back({{"line", has_lines ? problem.line : 0}, {"detail", problem.detail}});
  } else if (auto checked = read(request.workspace(), *text, "/body")) {
    for (std::string& warning : checked->warnings)
      warnings.emplace_back(std::move(warning));
  }
  ApiAnswer answer;
  const bool valid = problems.empty();
  answer.body =
      json::object{{"valid", valid}, {"problems", std::move(problems)}, {"warnings", std::move(warnings)}};
  return answer;
}

ApiResult AgentRoutes::get(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  return answer(*row, 200);
}

ApiResult AgentRoutes::save(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  auto text = text_of(request.body);
  if (!text) return std::unexpected(std::move(text.error()));
  auto checked = read(request.workspace(), *text, text->starts_with('{') ? "/body/config" : "/body/yaml");
  if (!checked) return std::unexpected(std::move(checked.error()));
  row->name = checked->agent->name;
  row->draft = std::move(*text);
  row->updated_at = now();
  auto etag = d_.store.update_agent_draft(*row, request.if_match);
  if (!etag) return std::unexpected(write_problem(request, etag.error()));
  row->etag = *etag;
  return answer(*row, 200);
}

ApiResult AgentRoutes::remove(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  if (auto gone = d_.store.delete_agent(request.workspace(), row->id, request.if_match); !gone)
    return std::unexpected(write_problem(request, gone.error()));
  if (auto refreshed = d_.directory.refresh(); !refreshed)
    return std::unexpected(problem_of(refreshed.error()));
  return no_content("agent " + row->name);
}

ApiResult AgentRoutes::discard(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  if (row->published_version == 0)
    return std::unexpected(conflict("this agent was never published: it has nothing but its draft"));
  auto published = text_at(*row, std::to_string(row->published_version));
  if (!published) return std::unexpected(std::move(published.error()));
  const auto parsed = agent::parse_agent(*published, kSource);
  if (parsed) row->name = (*parsed)->name;
  row->draft.clear();
  row->updated_at = now();
  auto etag = d_.store.update_agent_draft(*row, request.if_match);
  if (!etag) return std::unexpected(write_problem(request, etag.error()));
  row->etag = *etag;
  return answer(*row, 200);
}

ApiResult AgentRoutes::publish(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  if (request.if_match > 0 && request.if_match != row->etag)
    return std::unexpected(precondition_failed("the agent was changed meanwhile: read it again"));
  if (row->draft.empty()) return std::unexpected(conflict("there is no draft to publish"));
  auto published = publish_text(request, *row, row->draft, text_member(request.body, "note").value_or(""));
  if (!published) return std::unexpected(std::move(published.error()));
  auto result = answer(*published, 200);
  if (!result) return result;
  return with_target(std::move(*result), *published, {{"version", published->published_version}});
}

ApiResult AgentRoutes::roll_back(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  if (request.if_match > 0 && request.if_match != row->etag)
    return std::unexpected(precondition_failed("the agent was changed meanwhile: read it again"));
  const std::int64_t number = request.body.get_object().at("version").get_int64();
  auto text = text_at(*row, std::to_string(number));
  if (!text) return std::unexpected(std::move(text.error()));
  std::string note = text_member(request.body, "note").value_or("");
  if (note.empty()) note = fmt::format("version {} again", number);
  auto published = publish_text(request, *row, *text, std::move(note));
  if (!published) return std::unexpected(std::move(published.error()));
  auto result = answer(*published, 200);
  if (!result) return result;
  return with_target(std::move(*result), *published,
                     {{"version", published->published_version}, {"from", number}});
}

ApiResult AgentRoutes::duplicate(const ApiRequest& request) const {
  auto row = find(request);
  if (!row) return std::unexpected(std::move(row.error()));
  auto text = current_text(*row);
  if (!text) return std::unexpected(std::move(text.error()));
  auto renamed = control::renamed_agent(*text, text_member(request.body, "name").value_or(""));
  if (!renamed) return std::unexpected(problem_of(renamed.error()));
  return make(request, *renamed, false, {}, 201);
}

void add_agent_routes(Api& api, AgentRoutesDependencies dependencies) {
  const auto routes = std::make_shared<const AgentRoutes>(std::move(dependencies));
  using Member = ApiResult (AgentRoutes::*)(const ApiRequest&) const;
  static constexpr std::pair<std::string_view, Member> kHandlers[] = {
      {"listAgents", &AgentRoutes::list},
      {"createAgent", &AgentRoutes::create},
      {"importAgent", &AgentRoutes::import},
      {"validateAgent", &AgentRoutes::validate},
      {"getAgent", &AgentRoutes::get},
      {"saveAgentDraft", &AgentRoutes::save},
      {"deleteAgent", &AgentRoutes::remove},
      {"discardAgentDraft", &AgentRoutes::discard},
      {"publishAgent", &AgentRoutes::publish},
      {"rollBackAgent", &AgentRoutes::roll_back},
      {"duplicateAgent", &AgentRoutes::duplicate},
      {"exportAgent", &AgentRoutes::export_yaml},
      {"listAgentVersions", &AgentRoutes::versions},
      {"getAgentVersion", &AgentRoutes::version},
      {"diffAgent", &AgentRoutes::diff},
      {"listProviders", &AgentRoutes::providers},
  };
  for (const auto& [operation, member] : kHandlers) {
    api.on(operation,
           [routes, handler = member](const ApiRequest& request) { return (*routes.*handler)(request); });
  }
  api.on("getAgentSchema", &AgentRoutes::schema);
}

}  // namespace parley::api
