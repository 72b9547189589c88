#include "api/call_routes.hpp"

#include <boost/json.hpp>

#include "api/call_json.hpp"
#include "api/handler_support.hpp"
#include "api/json_out.hpp"
#include "base/text_value.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Dependencies = std::shared_ptr<const CallRoutesDependencies>;

std::expected<storage::CallDetail, Problem> find_call(const CallRoutesDependencies& d,
                                                      const ApiRequest& request) {
  auto call = d.calls.find_call(request.id("callId"), request.workspace());
  if (!call) return std::unexpected(find_problem("call", call.error()));
  // The store takes beginnings of ids, too: addresses are whole.
  if (call->summary.call.id != request.id("callId")) return std::unexpected(not_found("no such call"));
  return std::move(*call);
}

ApiResult list_calls(const CallRoutesDependencies& d, const ApiRequest& request) {
  auto filter = call_filter_of(request);
  if (!filter) return std::unexpected(std::move(filter.error()));
  const int limit =
      static_cast<int>(parse_integer(query_value(request, "limit").value_or("50")).value_or(50));
  filter->limit = limit + 1;
  auto calls = d.calls.list_calls(*filter);
  if (!calls) return std::unexpected(problem_of(calls.error()));
  const std::size_t shown = std::min(calls->size(), static_cast<std::size_t>(limit));
  json::array items;
  for (std::size_t i = 0; i < shown; ++i)
    items.push_back(summary_to_json((*calls)[i]));
  json::object body{{"items", std::move(items)}, {"nextCursor", nullptr}};
  if (calls->size() > shown) {
    const storage::CallRecord& last = (*calls)[shown - 1].call;
    body["nextCursor"] = encode_cursor({last.started_at, last.id});
  }
  return json_answer(std::move(body));
}

ApiAnswer accepted(const std::string& call_id) {
  ApiAnswer answer = json_answer(json::object{{"accepted", true}});
  answer.status = 202;
  answer.audit_target = "call " + call_id;
  return answer;
}

ApiResult command(const CallRoutesDependencies& d, const ApiRequest& request,
                  const engine::CallRegistry::Command& what) {
  const std::string& id = request.id("callId");
  if (!d.live.is_in_progress(request.workspace(), id)) {
    // One that has ended is there, but nothing can be done to it.
    auto call = find_call(d, request);
    if (!call) return std::unexpected(std::move(call.error()));
    return std::unexpected(conflict("this call is over, or on another node"));
  }
  auto done = d.registry.command_and_wait(id, what);
  if (!done && done.error().code == Errc::not_found)
    return std::unexpected(conflict("this call has just ended"));
  if (!done) return std::unexpected(problem_of(done.error()));
  return accepted(id);
}

// nullopt: it has had a stream, or there is none.
std::optional<ApiResult> cancel_early(const CallRoutesDependencies& d, const ApiRequest& request) {
  const std::string& id = request.id("callId");
  if (!d.cancel || d.live.is_in_progress(request.workspace(), id)) return std::nullopt;
  auto call = find_call(d, request);
  if (!call) return ApiResult(std::unexpected(std::move(call.error())));
  const storage::CallStatus status = call->summary.status;
  if (status != storage::CallStatus::queued && status != storage::CallStatus::ringing) return std::nullopt;
  auto done = d.cancel(id);
  if (!done) return ApiResult(std::unexpected(problem_of(done.error())));
  return ApiResult(accepted(id));
}

ApiResult hang_up(const CallRoutesDependencies& d, const ApiRequest& request) {
  const std::string reason = text_member(request.body, "reason").value_or("hung up by API");
  if (auto fine = engine::check_hang_up(reason); !fine)
    return std::unexpected(validation_failed({{"/body/reason", fine.error().message}}));
  if (auto cancelled = cancel_early(d, request)) return std::move(*cancelled);
  return command(d, request, [reason](engine::Call& call) { return call.hang_up(reason); });
}

ApiResult transfer(const CallRoutesDependencies& d, const ApiRequest& request) {
  const std::string to = text_member(request.body, "to").value_or("");
  const std::string say = text_member(request.body, "say").value_or("");
  if (auto fine = engine::check_transfer(to, say, true); !fine)
    return std::unexpected(validation_failed({{"/body", fine.error().message}}));
  return command(d, request, [to, say](engine::Call& call) { return call.transfer(to, say); });
}

ApiResult live_calls(const CallRoutesDependencies& d, const ApiRequest& request) {
  json::array items;
  for (const control::LiveCall& live : d.live.in_progress(request.workspace())) {
    json::object slots;
    for (const auto& [name, value] : live.slots)
      slots[name] = value;
    items.push_back({{"id", live.call.id},
                     {"sessionId", live.call.session_id},
                     {"direction", live.call.direction},
                     {"carrier", live.call.carrier},
                     {"phoneId", live.call.phone_id},
                     {"agent", live.call.agent},
                     {"agentVersion", live.call.agent_version},
                     {"from", live.call.from},
                     {"to", live.call.to},
                     {"carrierCallId", live.call.carrier_call_id},
                     {"startedAt", utc_time(live.call.started_at)},
                     {"stage", live.stage},
                     {"slots", std::move(slots)},
                     {"turns", live.turns},
                     {"lastResponseMs",
                      live.last_response_ms < 0 ? json::value(nullptr) : json::value(live.last_response_ms)},
                     {"lastLine", live.last_line}});
  }
  return json_answer(json::object{{"items", std::move(items)}});
}

net::HttpResponse json_response(int status, const json::value& body) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = json::serialize(body);
  return response;
}

async::Task<net::HttpResponse> remove_call(Dependencies d, std::shared_ptr<const ApiRequest> request) {
  const std::string& id = request->id("callId");
  if (d->live.is_in_progress(request->workspace(), id))
    co_return to_response(conflict("this call is in progress: hang up first"));
  auto removed = co_await d->retention.remove_call(request->workspace(), id);
  if (!removed) co_return to_response(find_problem("call", removed.error()));
  net::HttpResponse response;
  response.status = 204;
  response.content_type.clear();
  co_return response;
}

async::Task<net::HttpResponse> remove_caller(Dependencies d, std::shared_ptr<const ApiRequest> request) {
  auto removed = co_await d->retention.remove_caller(request->workspace(), request->id("number"));
  if (!removed) co_return to_response(problem_of(removed.error()));
  co_return json_response(200, json::object{{"calls", removed->calls}, {"recordings", removed->recordings}});
}

}  // namespace

std::expected<storage::CallFilter, Problem> call_filter_of(const ApiRequest& request) {
  storage::CallFilter filter;
  filter.workspace = request.workspace();
  const auto text = [&](std::string_view name) { return query_value(request, name).value_or(""); };
  filter.agent = text("agent");
  filter.outcome = text("outcome");
  filter.number = text("number");
  filter.direction = text("direction");
  filter.session_id = text("sessionId");
  filter.phone_id = text("phoneId");
  filter.text = text("text");
  if (const auto status = query_value(request, "status")) filter.status = storage::parse_call_status(*status);
  for (const auto& [name, at] :
       {std::pair<std::string_view, storage::WallMillis*>{"since", &filter.since},
        std::pair<std::string_view, storage::WallMillis*>{"before", &filter.before}}) {
    const auto given = query_value(request, name);
    if (!given) continue;
    const auto time = parse_utc_time(*given);
    if (!time) return std::unexpected(bad_time(name));
    *at = *time;
  }
  if (const auto cursor = query_value(request, "cursor")) {
    auto decoded = decode_cursor(*cursor);
    if (!decoded) return std::unexpected(std::move(decoded.error()));
    filter.after_started_at = decoded->at;
    filter.after_id = std::move(decoded->id);
  }
  return filter;
}

void add_call_routes(Api& api, CallRoutesDependencies dependencies) {
  const auto d = std::make_shared<const CallRoutesDependencies>(std::move(dependencies));
  api.on("listCalls", [d](const ApiRequest& request) { return list_calls(*d, request); });
  api.on("getCall", [d](const ApiRequest& request) -> ApiResult {
    auto call = find_call(*d, request);
    if (!call) return std::unexpected(std::move(call.error()));
    return json_answer(detail_to_json(*call));
  });
  api.on("getTranscript", [d](const ApiRequest& request) -> ApiResult {
    auto call = find_call(*d, request);
    if (!call) return std::unexpected(std::move(call.error()));
    return json_answer(transcript_to_json(*call));
  });
  api.on("hangUpCall", [d](const ApiRequest& request) { return hang_up(*d, request); });
  api.on("transferCall", [d](const ApiRequest& request) { return transfer(*d, request); });
  api.on("listLiveCalls", [d](const ApiRequest& request) { return live_calls(*d, request); });
  api.on_stream("deleteCall", [d](std::shared_ptr<const ApiRequest> request) {
    return remove_call(d, std::move(request));
  });
  api.on_stream("deleteCaller", [d](std::shared_ptr<const ApiRequest> request) {
    return remove_caller(d, std::move(request));
  });
}

}  // namespace parley::api
