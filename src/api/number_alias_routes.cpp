// /api/phone-numbers: what the voice bot builder's set-ups send and expect. The account comes along with the
// number, ids stand in the body or the query, and every answer says "success". The ids that those set-ups
// have for agents are names here: a link is told by the agent's name, to whoever made it as it was given.
#include <map>

#include <boost/json.hpp>

#include "api/json_out.hpp"
#include "api/telephony_handlers.hpp"
#include "base/log.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

const log::Logger kLog("api");

// Whose numbers are that came without a userId: what the voice bot builder takes when none is given.
constexpr std::string_view kDefaultOwner = "mukul";

using Number = storage::PhoneNumberRecord;

class NumberAlias {
 public:
  explicit NumberAlias(TelephonyRoutesDependencies dependencies) : handlers_(dependencies) {}

  ApiResult list(const ApiRequest& request) const;
  ApiResult import(const ApiRequest& request) const;
  ApiResult update(const ApiRequest& request) const;
  ApiResult remove(const ApiRequest& request) const;

 private:
  json::object to_json(const ApiRequest& request, const Number& number, const std::string& linked) const;
  ApiResult answer(const ApiRequest& request, std::expected<Number, Problem> number, int status) const;
  // Makes or changes the account of a number when one is given.
  std::expected<void, Problem> put_account(const ApiRequest& request, Number& number) const;

  TelephonyHandlers handlers_;
};

json::object NumberAlias::to_json(const ApiRequest& request, const Number& number,
                                  const std::string& linked) const {
  const NumberAddresses addresses = addresses_of(request.base_url, number);
  json::object object{{"id", number.id},
                      {"userId", number.owner},
                      {"phoneNumber", number.number},
                      {"displayName", number.display_name},
                      {"provider", number.carrier},
                      {"linkedAgentId", nullptr},
                      {"webhookUrl", addresses.webhook},
                      {"websocketUrl", addresses.websocket},
                      {"status", number.active ? "active" : "inactive"},
                      {"createdAt", utc_time(number.created_at)},
                      {"updatedAt", utc_time(number.updated_at)}};
  if (!addresses.dynamic_endpoint.empty()) object["dynamicEndpointUrl"] = addresses.dynamic_endpoint;
  if (!number.agent_id.empty()) object["linkedAgentId"] = linked;
  if (number.telephony_config_id.empty()) return object;
  if (auto config = handlers_.find_config(request, number.telephony_config_id)) {
    json::object options = account_options(*config);
    options.erase("subdomain");
    object["exotelConfig"] = std::move(options);
  }
  return object;
}

ApiResult NumberAlias::answer(const ApiRequest& request, std::expected<Number, Problem> number,
                              int status) const {
  if (!number) return std::unexpected(std::move(number.error()));
  std::string linked = text_member(request.body, "linkedAgentId").value_or("");
  if (linked.empty() && !number->agent_id.empty()) {
    auto agent = handlers_.parts().store.find_agent(request.workspace(), number->agent_id);
    linked = agent ? agent->name : number->agent_id;
  }
  ApiAnswer answer =
      json_answer(json::object{{"success", true}, {"phoneNumber", to_json(request, *number, linked)}});
  answer.status = status;
  answer.audit_target = "phone number " + number->id;
  return answer;
}

ApiResult NumberAlias::list(const ApiRequest& request) const {
  auto numbers = handlers_.parts().store.list_phone_numbers(request.workspace());
  if (!numbers) return std::unexpected(problem_of(numbers.error()));
  auto agents = handlers_.parts().store.list_agents(request.workspace());
  if (!agents) return std::unexpected(problem_of(agents.error()));
  std::map<std::string, std::string> names;
  for (const storage::AgentRow& agent : *agents)
    names[agent.id] = agent.name;
  const auto owner = query_value(request, "userId");
  json::array items;
  for (const Number& number : *numbers) {
    const std::string_view theirs = number.owner.empty() ? kDefaultOwner : std::string_view(number.owner);
    if (!owner || owner->empty() || theirs == *owner)
      items.push_back(to_json(request, number, names[number.agent_id]));
  }
  return json_answer(json::object{{"success", true}, {"phoneNumbers", std::move(items)}});
}

std::expected<void, Problem> NumberAlias::put_account(const ApiRequest& request, Number& number) const {
  const json::value* given = request.body.get_object().if_contains("exotelConfig");
  if (given == nullptr) return {};
  AccountInput input = account_input(*given);
  if (number.telephony_config_id.empty()) {
    if (!control::may(request.principal, "telephony", control::AccessLevel::admin))
      return std::unexpected(forbidden("an account's credentials are set by owners (telephony:admin)"));
    if (!input.api_key || !input.api_token || !input.sid) {
      return std::unexpected(validation_failed({{"/body/exotelConfig", "needs apiKey, apiToken and sid"}}));
    }
    input.name = input.sid;
    auto config = handlers_.create_config(request, input);
    if (!config) return std::unexpected(std::move(config.error()));
    number.telephony_config_id = config->id;
    return {};
  }
  if (!control::may(request.principal, "telephony", control::AccessLevel::admin))
    return std::unexpected(forbidden("an account's credentials are set by owners (telephony:admin)"));
  auto config = handlers_.find_config(request, number.telephony_config_id);
  if (!config) return std::unexpected(std::move(config.error()));
  auto updated = handlers_.update_config(request, std::move(*config), input);
  if (!updated) return std::unexpected(std::move(updated.error()));
  return {};
}

ApiResult NumberAlias::import(const ApiRequest& request) const {
  Number number;
  number.number = text_member(request.body, "phoneNumber").value_or("");
  number.display_name = text_member(request.body, "displayName").value_or("");
  number.carrier = text_member(request.body, "provider").value_or("exotel");
  number.agent_id = text_member(request.body, "linkedAgentId").value_or("");
  number.owner = text_member(request.body, "userId").value_or(query_value(request, "userId").value_or(""));
  number.active = text_member(request.body, "status").value_or("active") == "active";
  if (auto put = put_account(request, number); !put) return std::unexpected(std::move(put.error()));
  const std::string made_config = number.telephony_config_id;
  auto created = handlers_.create_number(request, std::move(number));
  // A number that was refused leaves no account behind.
  if (!created && !made_config.empty()) {
    const auto gone = handlers_.parts().store.delete_telephony_config(request.workspace(), made_config);
    if (!gone) kLog.warn("the account of a refused number stays behind: {}", describe(gone.error()));
  }
  return answer(request, std::move(created), 201);
}

ApiResult NumberAlias::update(const ApiRequest& request) const {
  auto number = handlers_.find_number(request, text_member(request.body, "id").value_or(""));
  if (!number) return std::unexpected(std::move(number.error()));
  if (auto name = text_member(request.body, "displayName")) number->display_name = std::move(*name);
  if (has_member(request.body, "linkedAgentId"))
    number->agent_id = text_member(request.body, "linkedAgentId").value_or("");
  if (auto status = text_member(request.body, "status")) number->active = *status == "active";
  if (auto put = put_account(request, *number); !put) return std::unexpected(std::move(put.error()));
  return answer(request, handlers_.update_number(request, std::move(*number)), 200);
}

ApiResult NumberAlias::remove(const ApiRequest& request) const {
  const std::string id = query_value(request, "id").value_or("");
  if (auto gone = handlers_.delete_number(request, id); !gone)
    return std::unexpected(std::move(gone.error()));
  ApiAnswer answer =
      json_answer(json::object{{"success", true}, {"message", "The phone number was deleted."}});
  answer.audit_target = "phone number " + id;
  return answer;
}

}  // namespace

void add_number_alias_routes(Api& api, TelephonyRoutesDependencies dependencies) {
  const auto alias = std::make_shared<const NumberAlias>(dependencies);
  api.on("aliasListPhoneNumbers", [alias](const ApiRequest& request) { return alias->list(request); });
  api.on("aliasImportPhoneNumber", [alias](const ApiRequest& request) { return alias->import(request); });
  api.on("aliasUpdatePhoneNumber",
         again_when_changed([alias](const ApiRequest& request) { return alias->update(request); }));
  api.on("aliasDeletePhoneNumber", [alias](const ApiRequest& request) { return alias->remove(request); });
}

}  // namespace parley::api
