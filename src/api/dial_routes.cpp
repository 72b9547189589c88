#include "api/dial_routes.hpp"

#include <future>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/json.hpp>

#include "api/call_json.hpp"
#include "api/handler_support.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Into = control::DialRequest::Into;

constexpr std::size_t kMaxCustomField = 128;
// Less than the API's own deadline. A carrier that is slower says later what became of it.
constexpr std::chrono::seconds kCancelWithin{10};

Into into_of(std::string_view name) {
  if (name == "flow") return Into::flow;
  if (name == "stream") return Into::stream;
  if (name == "number") return Into::number;
  return Into::automatic;
}

std::expected<control::DialRequest, Problem> dial_request(const ApiRequest& request) {
  const json::value& body = request.body;
  const auto text = [&](std::string_view name) { return text_member(body, name).value_or(""); };
  const auto seconds = [&](std::string_view name) {
    return std::chrono::seconds(integer_member(body, name).value_or(0));
  };
  auto variables = variables_of(body);
  if (!variables) return std::unexpected(std::move(variables.error()));
  control::DialRequest dial;
  dial.workspace_id = request.workspace();
  dial.to = text("to");
  dial.from = text("from");
  dial.agent = text("agent");
  dial.variables = std::move(*variables);
  dial.custom_field = text("customField");
  dial.session_id = text("sessionId");
  dial.into = into_of(text("into"));
  dial.app_id = text("appId");
  dial.second_number = text("secondNumber");
  dial.time_limit = seconds("timeLimitSeconds");
  dial.ring_timeout = seconds("ringTimeoutSeconds");
  dial.record = bool_member(body, "record").value_or(false);
  dial.record_both_channels = bool_member(body, "recordBothChannels").value_or(false);
  // Carriers count bytes.
  if (dial.custom_field.size() > kMaxCustomField)
    return std::unexpected(validation_failed({{"/body/customField", "must have at most 128 bytes"}}));
  if (dial.into == Into::number && dial.second_number.empty())
    return std::unexpected(validation_failed({{"/body/secondNumber", "is needed to connect two numbers"}}));
  return dial;
}

// Its row is queued, so it is told from what the dialer knows.
storage::CallSummary summary_of(const control::BookedCall& call) {
  storage::CallSummary summary;
  summary.call.id = call.call_id;
  summary.call.workspace_id = call.workspace_id;
  summary.call.session_id = call.session_id;
  summary.call.direction = call.direction;
  summary.call.carrier = call.carrier;
  summary.call.carrier_call_id = call.carrier_call_id;
  summary.call.phone_id = call.phone_id;
  summary.call.agent = call.agent;
  summary.call.from = call.from;
  summary.call.to = call.to;
  summary.call.started_at = call.created_at;
  summary.call.status = call.status;
  summary.call.telephony_config_id = call.telephony_config_id;
  summary.call.custom_field = call.custom_field;
  json::object variables;
  for (const auto& [name, value] : call.variables)
    variables[name] = value;
  if (!variables.empty()) summary.call.variables = json::serialize(variables);
  summary.status = call.status;
  return summary;
}

ApiResult place_call(const DialRoutesDependencies& d, const ApiRequest& request) {
  if (!d.place) return std::unexpected(unavailable("this server places no calls"));
  auto dial = dial_request(request);
  if (!dial) return std::unexpected(std::move(dial.error()));
  auto placed = d.place(*dial);
  if (!placed) return std::unexpected(problem_of(placed.error()));
  ApiAnswer answer = json_answer(summary_to_json(summary_of(*placed)));
  answer.status = 201;
  answer.headers.emplace_back("Location", "/api/v1/calls/" + placed->call_id);
  answer.audit_target = "call " + placed->call_id;
  return answer;
}

}  // namespace

void add_dial_routes(Api& api, DialRoutesDependencies dependencies) {
  api.on("placeCall",
         [d = std::move(dependencies)](const ApiRequest& request) { return place_call(d, request); });
}

std::function<Result<void>(const std::string&)> waiting_cancel(
    async::Executor control, std::function<async::Task<Result<void>>(std::string)> cancel) {
  return [control, cancel = std::move(cancel)](const std::string& call_id) -> Result<void> {
    const auto promise = std::make_shared<std::promise<Result<void>>>();
    std::future<Result<void>> done = promise->get_future();
    async::asio::co_spawn(
        control, cancel(call_id), [promise](std::exception_ptr thrown, Result<void> result) {
          promise->set_value(thrown ? fail(Errc::internal, "it could not be ended") : std::move(result));
        });
    if (done.wait_for(kCancelWithin) != std::future_status::ready)
      return fail(Errc::timeout, "the carrier has not answered yet: look at the call in a moment");
    return done.get();
  };
}

}  // namespace parley::api
