#include "api/telephony_handlers.hpp"

#include <algorithm>

#include <boost/json.hpp>
#include <fmt/format.h>

#include "agent/agent_catalog.hpp"
#include "base/ids.hpp"
#include "control/phone_number.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Number = storage::PhoneNumberRecord;

std::string place_of(const storage::TelephonyConfigRecord& config) {
  return "telephony " + config.id;
}

// A number is linked to what has versions: bundled agents have none until they are imported.
std::string why_unknown(const std::string& name) {
  const auto bundled = agent::bundled_agents();
  if (std::ranges::find(bundled, std::string_view(name), &agent::BundledAgent::name) == bundled.end())
    return "there is no such agent";
  return fmt::format(
      "'{0}' comes with the program and is none of the workspace's agents yet: take it in first "
      "(parley agents import {0} --publish), then link the number to it",
      name);
}

}  // namespace

AccountInput account_input(const json::value& body) {
  return {.provider = text_member(body, "provider"),
          .name = text_member(body, "name"),
          .api_key = text_member(body, "apiKey"),
          .api_token = text_member(body, "apiToken"),
          .sid = text_member(body, "sid"),
          .app_id = text_member(body, "appId"),
          .domain = text_member(body, "domain"),
          .region = text_member(body, "region"),
          .subdomain = text_member(body, "subdomain")};
}

NumberAddresses addresses_of(const std::string& base_url, const Number& number, const std::string& secret) {
  const std::string socket_base = base_url.starts_with("https://")
                                      ? "wss://" + base_url.substr(8)
                                      : "ws://" + base_url.substr(std::min<std::size_t>(7, base_url.size()));
  const std::string& id = number.id;
  const std::string tail = secret.empty() ? "" : "/" + secret;
  NumberAddresses addresses;
  addresses.websocket = socket_base + "/api/telephony/ws/" + id;
  if (number.carrier == "twilio") {
    addresses.webhook = base_url + "/api/v1/webhooks/twilio/incoming/" + id + tail;
    addresses.status_callback = base_url + "/api/v1/webhooks/twilio/status/" + id + tail;
    return addresses;
  }
  addresses.webhook = base_url + "/api/telephony/webhook/" + id + tail;
  addresses.dynamic_endpoint = base_url + "/api/v1/telephony/exotel/endpoint/" + id + tail;
  addresses.status_callback = base_url + "/api/v1/webhooks/exotel/status" + tail;
  addresses.passthru = base_url + "/api/v1/webhooks/exotel/passthru" + tail;
  addresses.connect = base_url + "/api/v1/webhooks/exotel/connect" + tail;
  addresses.greeting = base_url + "/api/v1/webhooks/exotel/greeting/" + id + tail;
  return addresses;
}

json::object account_options(const storage::TelephonyConfigRecord& config) {
  json::object options = parse_object_or_empty(config.options);
  for (const char* name : {"sid", "appId", "domain", "region", "subdomain"}) {
    if (!options.contains(name)) options[name] = "";
  }
  return options;
}

std::expected<void, Problem> TelephonyHandlers::put_into(Config& config, const AccountInput& input) const {
  if (input.name) config.name = *input.name;
  json::object options = parse_object_or_empty(config.options);
  const auto put = [&](const char* name, const std::optional<std::string>& value) {
    if (value) options[name] = *value;
  };
  put("sid", input.sid);
  put("appId", input.app_id);
  put("domain", input.domain);
  put("region", input.region);
  put("subdomain", input.subdomain);
  config.options = json::serialize(options);

  if (!input.api_key && !input.api_token) return {};
  json::object credentials;
  if (!config.sealed_credentials.empty()) {
    auto opened = d_.vault.open_sealed(config.sealed_credentials, place_of(config));
    // With another key they are lost; half of new ones would leave a mixture behind.
    if (!opened && !(input.api_key && input.api_token)) return std::unexpected(problem_of(opened.error()));
    if (opened) credentials = parse_object_or_empty(*opened);
  }
  if (input.api_key) credentials["apiKey"] = *input.api_key;
  if (input.api_token) credentials["apiToken"] = *input.api_token;
  config.sealed_credentials = d_.vault.seal(json::serialize(credentials), place_of(config));
  return {};
}

std::expected<TelephonyHandlers::Config, Problem> TelephonyHandlers::find_config(
    const ApiRequest& request, const std::string& id) const {
  auto config = d_.store.find_telephony_config(request.workspace(), id);
  if (config) return std::move(*config);
  return std::unexpected(find_problem("telephony configuration", config.error()));
}

std::expected<TelephonyHandlers::Config, Problem> TelephonyHandlers::create_config(
    const ApiRequest& request, const AccountInput& input) const {
  Config config;
  config.id = make_id();
  config.workspace_id = request.workspace();
  config.carrier = input.provider.value_or("exotel");
  if (config.carrier == "exotel" && !input.api_key)
    return std::unexpected(validation_failed({{"/body/apiKey", "is needed: Exotel's portal shows it"}}));
  config.created_at = config.updated_at = now_millis(d_.clock);
  if (auto put = put_into(config, input); !put) return std::unexpected(std::move(put.error()));
  if (auto created = d_.store.create_telephony_config(config); !created)
    return std::unexpected(problem_of(created.error()));
  return config;
}

std::expected<TelephonyHandlers::Config, Problem> TelephonyHandlers::update_config(
    const ApiRequest& request, Config config, const AccountInput& input) const {
  if (auto put = put_into(config, input); !put) return std::unexpected(std::move(put.error()));
  config.updated_at = now_millis(d_.clock);
  auto etag = d_.store.update_telephony_config(config, etag_to_change(request, config.etag));
  if (!etag) return std::unexpected(write_problem(request, etag.error()));
  config.etag = *etag;
  return config;
}

std::expected<TelephonyHandlers::Number, Problem> TelephonyHandlers::find_number(
    const ApiRequest& request, const std::string& id) const {
  auto number = d_.store.find_phone_number(request.workspace(), id);
  if (number) return std::move(*number);
  return std::unexpected(find_problem("phone number", number.error()));
}

std::expected<void, Problem> TelephonyHandlers::check_links(Number& number) const {
  if (!number.agent_id.empty()) {
    auto agent = d_.store.find_agent(number.workspace_id, number.agent_id);
    if (!agent && agent.error().code != Errc::not_found) return std::unexpected(problem_of(agent.error()));
    if (!agent)
      return std::unexpected(validation_failed({{"/body/linkedAgentId", why_unknown(number.agent_id)}}));
    number.agent_id = agent->id;
  }
  if (!number.telephony_config_id.empty()) {
    auto config = d_.store.find_telephony_config(number.workspace_id, number.telephony_config_id);
    if (!config && config.error().code != Errc::not_found) return std::unexpected(problem_of(config.error()));
    if (!config) {
      return std::unexpected(validation_failed(
          {{"/body/telephonyConfigurationId", "there is no such telephony configuration"}}));
    }
    if (number.carrier.empty()) number.carrier = config->carrier;
    if (number.carrier != config->carrier) {
      return std::unexpected(validation_failed(
          {{"/body/telephonyConfigurationId", "is an account of another carrier than the number's"}}));
    }
  }
  return {};
}

std::expected<TelephonyHandlers::Number, Problem> TelephonyHandlers::create_number(const ApiRequest& request,
                                                                                   Number number) const {
  number.id = make_id();
  number.workspace_id = request.workspace();
  number.created_at = number.updated_at = now_millis(d_.clock);
  if (auto checked = check_links(number); !checked) return std::unexpected(std::move(checked.error()));
  if (number.carrier.empty()) number.carrier = "exotel";
  std::string region;
  if (!number.telephony_config_id.empty()) {
    auto config = find_config(request, number.telephony_config_id);
    if (!config) return std::unexpected(std::move(config.error()));
    region = text_member(account_options(*config), "region").value_or("");
  }
  auto normal = control::normal_number(number.number, region);
  if (!normal) return std::unexpected(validation_failed({{"/body/phoneNumber", normal.error().message}}));
  number.number = std::move(*normal);
  if (number.display_name.empty()) number.display_name = number.number;
  if (auto created = d_.store.create_phone_number(number); !created)
    return std::unexpected(problem_of(created.error()));
  if (auto refreshed = d_.directory.refresh(); !refreshed)
    return std::unexpected(problem_of(refreshed.error()));
  return number;
}

std::expected<TelephonyHandlers::Number, Problem> TelephonyHandlers::update_number(const ApiRequest& request,
                                                                                   Number number) const {
  if (auto checked = check_links(number); !checked) return std::unexpected(std::move(checked.error()));
  number.updated_at = now_millis(d_.clock);
  auto etag = d_.store.update_phone_number(number, etag_to_change(request, number.etag));
  if (!etag) return std::unexpected(write_problem(request, etag.error()));
  number.etag = *etag;
  if (auto refreshed = d_.directory.refresh(); !refreshed)
    return std::unexpected(problem_of(refreshed.error()));
  return number;
}

std::expected<void, Problem> TelephonyHandlers::delete_number(const ApiRequest& request,
                                                              const std::string& id) const {
  if (auto gone = d_.store.delete_phone_number(request.workspace(), id); !gone)
    return std::unexpected(find_problem("phone number", gone.error()));
  if (auto refreshed = d_.directory.refresh(); !refreshed)
    return std::unexpected(problem_of(refreshed.error()));
  return {};
}

}  // namespace parley::api
