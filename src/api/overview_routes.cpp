#include "api/overview_routes.hpp"

#include <boost/json.hpp>

#include "api/handler_support.hpp"
#include "api/json_out.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

constexpr storage::WallMillis kDay = 86'400'000;

json::value number_or_null(const std::optional<double>& number) {
  return number ? json::value(*number) : json::value(nullptr);
}

json::object to_json(const control::Checklist& list) {
  return {{"talkedToAgent", list.talked_to_agent},  {"keysSet", list.keys_set},
          {"numberImported", list.number_imported}, {"publicUrl", list.public_url},
          {"agentPublished", list.agent_published}, {"phoneCallTaken", list.phone_call_taken}};
}

ApiResult overview(const OverviewRoutesDependencies& d, const ApiRequest& request) {
  const storage::WallMillis now = now_millis(d.clock);
  storage::WallMillis since = now - now % kDay;
  if (const auto text = query_value(request, "since")) {
    const auto time = parse_utc_time(*text);
    if (!time) return std::unexpected(bad_time("since"));
    since = *time;
  }
  const auto found = d.overview.since(request.workspace(), since);
  if (!found && found.error().code == Errc::invalid_argument)
    return std::unexpected(validation_failed({{"/query/since", found.error().message}}));
  if (!found) return std::unexpected(problem_of(found.error()));
  const storage::CallTally& tally = found->tally;
  json::array costs;
  for (const auto& [currency, micros] : found->cost_micros)
    costs.push_back({{"amount", static_cast<double>(micros) / 1e6}, {"currency", currency}});
  json::object body;
  body["running"] = d.live.count(request.workspace());
  body["callsMax"] = d.calls_max;
  body["since"] = utc_time(found->since);
  body["calls"] = tally.calls;
  body["answered"] = tally.answered;
  body["missed"] = tally.missed;
  body["answerRate"] = nullptr;
  if (const std::int64_t both = tally.answered + tally.missed; both > 0)
    body["answerRate"] = static_cast<double>(tally.answered) / static_cast<double>(both);
  body["minutes"] = static_cast<double>(tally.duration_ms) / 60'000.0;
  body["medianResponseMs"] = number_or_null(tally.median_response_ms);
  body["p95ResponseMs"] = number_or_null(tally.p95_response_ms);
  body["costs"] = std::move(costs);
  body["checklist"] = to_json(found->checklist);
  return json_answer(std::move(body));
}

}  // namespace

void add_overview_routes(Api& api, OverviewRoutesDependencies dependencies) {
  api.on("getOverview", [d = dependencies](const ApiRequest& request) { return overview(d, request); });
}

}  // namespace parley::api
