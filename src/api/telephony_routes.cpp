#include "api/telephony_routes.hpp"

#include <boost/json.hpp>

#include "api/json_out.hpp"
#include "api/telephony_handlers.hpp"
#include "base/ids.hpp"
#include "security/hash.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Config = storage::TelephonyConfigRecord;
using Number = storage::PhoneNumberRecord;

json::value text_or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object to_json(const Config& config) {
  json::object object = account_options(config);
  object["id"] = config.id;
  object["name"] = config.name;
  object["provider"] = config.carrier;
  object["hasCredentials"] = !config.sealed_credentials.empty();
  object["createdAt"] = utc_time(config.created_at);
  object["updatedAt"] = utc_time(config.updated_at);
  object["etag"] = config.etag;
  return object;
}

json::object to_json(const Number& number, const std::string& base_url) {
  const NumberAddresses addresses = addresses_of(base_url, number);
  return {{"id", number.id},
          {"phoneNumber", number.number},
          {"displayName", number.display_name},
          {"provider", number.carrier},
          {"telephonyConfigurationId", text_or_null(number.telephony_config_id)},
          {"linkedAgentId", text_or_null(number.agent_id)},
          {"status", number.active ? "active" : "inactive"},
          {"answerWith", text_or_null(number.answer_with)},
          {"afterRecording", text_or_null(number.after_recording)},
          {"hasSecret", !number.secret_hash.empty()},
          {"webhookUrl", addresses.webhook},
          {"websocketUrl", addresses.websocket},
          {"dynamicEndpointUrl", text_or_null(addresses.dynamic_endpoint)},
          {"statusCallbackUrl", addresses.status_callback},
          {"passthruUrl", text_or_null(addresses.passthru)},
          {"connectUrl", text_or_null(addresses.connect)},
          {"greetingUrl", text_or_null(addresses.greeting)},
          {"createdAt", utc_time(number.created_at)},
          {"updatedAt", utc_time(number.updated_at)},
          {"etag", number.etag}};
}

ApiResult config_answer(std::expected<Config, Problem> config, int status) {
  if (!config) return std::unexpected(std::move(config.error()));
  ApiAnswer answer = json_answer(to_json(*config), config->etag);
  answer.status = status;
  answer.audit_target = "telephony configuration " + config->name;
  if (status == 201)
    answer.headers.emplace_back("Location", "/api/v1/telephony-configurations/" + config->id);
  return answer;
}

ApiResult number_answer(const ApiRequest& request, std::expected<Number, Problem> number, int status) {
  if (!number) return std::unexpected(std::move(number.error()));
  ApiAnswer answer = json_answer(to_json(*number, request.base_url), number->etag);
  answer.status = status;
  answer.audit_target = "phone number " + number->id;
  if (status == 201) answer.headers.emplace_back("Location", "/api/v1/phone-numbers/" + number->id);
  return answer;
}

void put_into(Number& number, const json::value& body) {
  if (auto name = text_member(body, "displayName")) number.display_name = std::move(*name);
  if (has_member(body, "linkedAgentId")) number.agent_id = text_member(body, "linkedAgentId").value_or("");
  if (has_member(body, "telephonyConfigurationId"))
    number.telephony_config_id = text_member(body, "telephonyConfigurationId").value_or("");
  if (auto status = text_member(body, "status")) number.active = *status == "active";
  if (has_member(body, "answerWith")) number.answer_with = text_member(body, "answerWith").value_or("");
  if (has_member(body, "afterRecording"))
    number.after_recording = text_member(body, "afterRecording").value_or("");
}

void add_configuration_routes(Api& api, const std::shared_ptr<const TelephonyHandlers>& handlers) {
  api.on("listTelephonyConfigurations", [handlers](const ApiRequest& request) -> ApiResult {
    auto configs = handlers->parts().store.list_telephony_configs(request.workspace());
    if (!configs) return std::unexpected(problem_of(configs.error()));
    json::array items;
    for (const Config& config : *configs)
      items.push_back(to_json(config));
    return json_answer(json::object{{"items", std::move(items)}});
  });
  api.on("createTelephonyConfiguration", [handlers](const ApiRequest& request) {
    return config_answer(handlers->create_config(request, account_input(request.body)), 201);
  });
  api.on("getTelephonyConfiguration", [handlers](const ApiRequest& request) {
    return config_answer(handlers->find_config(request, request.id("configurationId")), 200);
  });
  api.on("updateTelephonyConfiguration",
         again_when_changed([handlers](const ApiRequest& request) -> ApiResult {
           auto config = handlers->find_config(request, request.id("configurationId"));
           if (!config) return std::unexpected(std::move(config.error()));
           return config_answer(
               handlers->update_config(request, std::move(*config), account_input(request.body)), 200);
         }));
  api.on("deleteTelephonyConfiguration", [handlers](const ApiRequest& request) -> ApiResult {
    const std::string& id = request.id("configurationId");
    if (auto gone = handlers->parts().store.delete_telephony_config(request.workspace(), id); !gone)
      return std::unexpected(find_problem("telephony configuration", gone.error()));
    return no_content("telephony configuration " + id);
  });
}

void add_phone_number_routes(Api& api, const std::shared_ptr<const TelephonyHandlers>& handlers) {
  api.on("listPhoneNumbers", [handlers](const ApiRequest& request) -> ApiResult {
    auto numbers = handlers->parts().store.list_phone_numbers(request.workspace());
    if (!numbers) return std::unexpected(problem_of(numbers.error()));
    json::array items;
    for (const Number& number : *numbers)
      items.push_back(to_json(number, request.base_url));
    return json_answer(json::object{{"items", std::move(items)}});
  });
  api.on("importPhoneNumber", [handlers](const ApiRequest& request) {
    Number number;
    number.number = text_member(request.body, "phoneNumber").value_or("");
    number.carrier = text_member(request.body, "provider").value_or("");
    put_into(number, request.body);
    return number_answer(request, handlers->create_number(request, std::move(number)), 201);
  });
  api.on("getPhoneNumber", [handlers](const ApiRequest& request) {
    return number_answer(request, handlers->find_number(request, request.id("phoneNumberId")), 200);
  });
  api.on("updatePhoneNumber", again_when_changed([handlers](const ApiRequest& request) -> ApiResult {
           auto number = handlers->find_number(request, request.id("phoneNumberId"));
           if (!number) return std::unexpected(std::move(number.error()));
           put_into(*number, request.body);
           return number_answer(request, handlers->update_number(request, std::move(*number)), 200);
         }));
  api.on("deletePhoneNumber", [handlers](const ApiRequest& request) -> ApiResult {
    const std::string& id = request.id("phoneNumberId");
    if (auto gone = handlers->delete_number(request, id); !gone)
      return std::unexpected(std::move(gone.error()));
    return no_content("phone number " + id);
  });
}

// Of a number; only its hash is kept, so that nobody who reads the database can speak for the carrier.
constexpr std::size_t kSecretBytes = 24;

ApiResult create_secret(const TelephonyHandlers& handlers, const ApiRequest& request) {
  auto number = handlers.find_number(request, request.id("phoneNumberId"));
  if (!number) return std::unexpected(std::move(number.error()));
  const std::string secret = random_token(kSecretBytes);
  number->secret_hash = security::hash_token(secret);
  auto updated = handlers.update_number(request, std::move(*number));
  if (!updated) return std::unexpected(std::move(updated.error()));
  const NumberAddresses addresses = addresses_of(request.base_url, *updated, secret);
  ApiAnswer answer =
      json_answer(json::object{{"secret", secret},
                               {"webhookUrl", addresses.webhook},
                               {"dynamicEndpointUrl", text_or_null(addresses.dynamic_endpoint)},
                               {"statusCallbackUrl", addresses.status_callback},
                               {"passthruUrl", text_or_null(addresses.passthru)},
                               {"connectUrl", text_or_null(addresses.connect)},
                               {"greetingUrl", text_or_null(addresses.greeting)}});
  answer.audit_target = "phone number " + updated->id;
  answer.keep = false;
  return answer;
}

ApiResult delete_secret(const TelephonyHandlers& handlers, const ApiRequest& request) {
  auto number = handlers.find_number(request, request.id("phoneNumberId"));
  if (!number) return std::unexpected(std::move(number.error()));
  number->secret_hash.clear();
  auto updated = handlers.update_number(request, std::move(*number));
  if (!updated) return std::unexpected(std::move(updated.error()));
  return no_content("phone number " + updated->id);
}

void add_secret_routes(Api& api, const std::shared_ptr<const TelephonyHandlers>& handlers) {
  api.on("createPhoneNumberSecret", again_when_changed([handlers](const ApiRequest& request) {
           return create_secret(*handlers, request);
         }));
  api.on("deletePhoneNumberSecret", again_when_changed([handlers](const ApiRequest& request) {
           return delete_secret(*handlers, request);
         }));
}

}  // namespace

void add_telephony_routes(Api& api, TelephonyRoutesDependencies dependencies) {
  const auto handlers = std::make_shared<const TelephonyHandlers>(dependencies);
  add_configuration_routes(api, handlers);
  add_phone_number_routes(api, handlers);
  add_secret_routes(api, handlers);
}

}  // namespace parley::api
