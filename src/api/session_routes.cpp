#include "api/session_routes.hpp"

#include <boost/json.hpp>

#include "api/call_json.hpp"
#include "api/handler_support.hpp"
#include "api/json_out.hpp"
#include "api/json_pages.hpp"
#include "async/on_pool.hpp"
#include "base/ids.hpp"
#include "control/agent_text.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Dependencies = std::shared_ptr<const SessionRoutesDependencies>;
using storage::SessionRecord;

// A conversation with more calls is shown with its newest ones.
constexpr int kMostCalls = 200;

json::object session_summary(const SessionRecord& session) {
  return {{"id", session.id},
          {"channel", session.channel},
          {"agent", session.agent},
          {"agentVersion", session.agent_version},
          {"carrierCallId", session.carrier_call_id},
          {"caller", session.caller},
          {"status", session.ended ? "ended" : "active"},
          {"messagesCount", session.messages},
          {"createdAt", utc_time(session.created_at)},
          {"updatedAt", utc_time(session.updated_at)}};
}

ApiResult session_answer(const SessionRoutesDependencies& d, const SessionRecord& session, int status) {
  json::object body = session_summary(session);
  body["agentConfig"] = nullptr;
  if (!session.agent_text.empty()) {
    if (auto config = control::agent_config(session.agent_text)) body["agentConfig"] = std::move(*config);
  }
  auto messages = d.store.list_messages(session.workspace_id, session.id);
  if (!messages) return std::unexpected(problem_of(messages.error()));
  json::array lines;
  for (const storage::ChatMessageRecord& message : *messages) {
    json::object line{{"number", message.number},
                      {"role", message.role},
                      {"text", message.text},
                      {"at", utc_time(message.at)},
                      {"detail", nullptr}};
    if (!message.detail.empty()) line["detail"] = parse_object_or_empty(message.detail);
    lines.push_back(std::move(line));
  }
  body["messages"] = std::move(lines);
  storage::CallFilter filter;
  filter.workspace = session.workspace_id;
  filter.session_id = session.id;
  filter.limit = kMostCalls;
  auto calls = d.calls.list_calls(filter);
  if (!calls) return std::unexpected(problem_of(calls.error()));
  json::array call_list;
  for (const storage::CallSummary& call : *calls)
    call_list.push_back(summary_to_json(call));
  body["calls"] = std::move(call_list);
  ApiAnswer answer = json_answer(std::move(body));
  answer.status = status;
  answer.audit_target = "session " + session.id;
  return answer;
}

std::expected<SessionRecord, Problem> find_session(const SessionRoutesDependencies& d,
                                                   const ApiRequest& request) {
  auto session = d.store.find_session(request.workspace(), request.id("sessionId"));
  if (session) return std::move(*session);
  return std::unexpected(find_problem("session", session.error()));
}

ApiResult list(const SessionRoutesDependencies& d, const ApiRequest& request) {
  auto page = page_of(request);
  if (!page) return std::unexpected(std::move(page.error()));
  auto sessions = d.store.list_sessions(request.workspace(), query_value(request, "channel").value_or(""),
                                        one_more(*page));
  if (!sessions) return std::unexpected(problem_of(sessions.error()));
  return page_answer(*sessions, page->limit, session_summary);
}

ApiResult create(const SessionRoutesDependencies& d, const ApiRequest& request) {
  auto answerer = d.directory.find(request.workspace(), text_member(request.body, "agent").value_or(""));
  if (!answerer) {
    return std::unexpected(answerer.error().code == Errc::not_found
                               ? validation_failed({{"/body/agent", answerer.error().message}})
                               : problem_of(answerer.error()));
  }
  SessionRecord session;
  session.id = text_member(request.body, "sessionId").value_or("");
  if (session.id.empty()) session.id = make_id();
  session.workspace_id = request.workspace();
  session.channel = text_member(request.body, "channel").value_or("chat");
  session.agent = answerer->agent->agent()->name;
  session.agent_version = answerer->agent->agent()->version;
  session.agent_text = answerer->agent_text;
  session.created_at = session.updated_at = now_millis(d.clock);
  auto made = d.store.create_session(session);
  if (!made) return std::unexpected(problem_of(made.error()));
  const bool fresh = made->created_at == session.created_at && made->messages == 0;
  return session_answer(d, *made, fresh ? 201 : 200);
}

ApiResult end(const SessionRoutesDependencies& d, const ApiRequest& request) {
  auto session = find_session(d, request);
  if (!session) return std::unexpected(std::move(session.error()));
  if (session->channel == "phone")
    return std::unexpected(conflict("a phone session ends with its call: hang the call up"));
  if (auto ended = d.store.end_session(request.workspace(), session->id, now_millis(d.clock)); !ended)
    return std::unexpected(problem_of(ended.error()));
  session->ended = true;
  return session_answer(d, *session, 200);
}

// Its calls go first, each with its recording; then the session and its messages.
async::Task<net::HttpResponse> remove(Dependencies d, std::shared_ptr<const ApiRequest> request) {
  const std::string workspace = request->workspace();
  const std::string id = request->id("sessionId");
  auto calls = co_await async::on_pool<std::vector<storage::CallSummary>>(
      d->executor, d->pool, [d, workspace, id]() -> Result<std::vector<storage::CallSummary>> {
        if (auto session = d->store.find_session(workspace, id); !session)
          return fail(std::move(session.error()));
        storage::CallFilter filter;
        filter.workspace = workspace;
        filter.session_id = id;
        filter.limit = kMostCalls;
        return d->calls.list_calls(filter);
      });
  if (!calls) co_return to_response(find_problem("session", calls.error()));
  for (const storage::CallSummary& call : *calls) {
    if (!storage::is_final(call.status))
      co_return to_response(conflict("a call of this session goes on: hang up first"));
    const std::string call_id = call.call.id;
    auto removed = co_await d->retention.remove_call(workspace, call_id);
    if (!removed && removed.error().code != Errc::not_found)
      co_return to_response(problem_of(removed.error()));
  }
  auto gone = co_await async::on_pool<bool>(d->executor, d->pool, [d, workspace, id]() -> Result<bool> {
    auto deleted = d->store.delete_session(workspace, id);
    if (!deleted && deleted.error().code != Errc::not_found) return fail(std::move(deleted.error()));
    return true;
  });
  if (!gone) co_return to_response(problem_of(gone.error()));
  net::HttpResponse response;
  response.status = 204;
  response.content_type.clear();
  co_return response;
}

}  // namespace

void add_session_routes(Api& api, SessionRoutesDependencies dependencies) {
  const auto d = std::make_shared<const SessionRoutesDependencies>(std::move(dependencies));
  api.on("listSessions", [d](const ApiRequest& request) { return list(*d, request); });
  api.on("createSession", [d](const ApiRequest& request) { return create(*d, request); });
  api.on("getSession", [d](const ApiRequest& request) -> ApiResult {
    auto session = find_session(*d, request);
    if (!session) return std::unexpected(std::move(session.error()));
    return session_answer(*d, *session, 200);
  });
  api.on("endSession", [d](const ApiRequest& request) { return end(*d, request); });
  api.on_stream("deleteSession",
                [d](std::shared_ptr<const ApiRequest> request) { return remove(d, std::move(request)); });
}

}  // namespace parley::api
