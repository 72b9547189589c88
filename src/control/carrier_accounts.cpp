#include "control/carrier_accounts.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "control/phone_number.hpp"
#include "vendor/json.hpp"

namespace parley::control {
namespace {

constexpr std::string_view kSettings = "settings";
constexpr std::string_view kTwilio = "https://api.twilio.com";

bool same_number(std::string_view one, std::string_view other) {
  constexpr std::size_t kCompared = 10;
  const auto digits = [](std::string_view text) {
    std::string found;
    for (const char c : text) {
      if (is_digit(c)) found += c;
    }
    return found.size() > kCompared ? found.substr(found.size() - kCompared) : found;
  };
  const std::string compared = digits(one);
  return compared.size() >= 3 && compared == digits(other);
}

// What stands of an address after scheme, credentials and "@", before port, path and query.
std::string host_of(std::string_view text) {
  text = trimmed(text);
  if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  text = text.substr(0, text.find_first_of("/?#"));
  if (const auto at = text.rfind('@'); at != std::string_view::npos) text.remove_prefix(at + 1);
  text = text.substr(0, text.find(':'));
  if (text.ends_with('.')) text.remove_suffix(1);
  return to_lower(text);
}

bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= 253 && !host.starts_with('.') && !host.starts_with('-') &&
         !host.contains("..") && std::ranges::all_of(host, [](char c) {
           return is_letter(c) || is_digit(c) || c == '-' || c == '.';
         });
}

std::string first_of(const vendor::json::object& object, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (std::string text = vendor::text_member(object, name); !text.empty()) return text;
  }
  return {};
}

}  // namespace

Result<ExotelHosts> exotel_hosts(const std::string& domain, const std::string& subdomain,
                                 const std::string& region) {
  static constexpr std::array<std::string_view, 5> kRegions{"", "in", "us", "sg", "ae"};
  const std::string where = to_lower(trimmed(region));
  if (std::ranges::find(kRegions, where) == kRegions.end())
    return fail(Errc::invalid_argument, "the region is one of in, us, sg and ae, or left out");
  std::string host = host_of(domain);
  if (host.empty()) host = host_of(subdomain);
  // Mumbai has hosts of its own; every other region is reached by the first ones.
  if (host.empty() || host == "api") host = where == "in" ? "api.in.exotel.com" : "api.exotel.com";
  if (!is_host(host)) return fail(Errc::invalid_argument, "the domain is no name of a host");
  // A label alone: "api4" stands for api4.exotel.in, the older clusters; "api.in" for api.in.exotel.com.
  if (!host.contains('.'))
    host += ".exotel.in";
  else if (host == "api.in")
    host += ".exotel.com";
  // The account's key goes there, so it is nobody else's.
  if (!host.ends_with(".exotel.com") && !host.ends_with(".exotel.in"))
    return fail(
        Errc::invalid_argument,
        "the domain is none of Exotel's: it is api.exotel.com or api.in.exotel.com for most accounts");
  // The dashboard's address, which stands in the browser.
  if (host.starts_with("my.")) host.replace(0, 2, "api");
  ExotelHosts hosts;
  hosts.base_url = "https://" + host;
  if (host == "api.in.exotel.com") {
    hosts.legs_url = "https://cpaas-api.in.exotel.com";
    hosts.flow_url = "https://my.in.exotel.com";
  } else if (host.ends_with(".exotel.in")) {
    hosts.flow_url = "https://my.exotel.in";
  } else {
    hosts.legs_url = "https://cpaas-api.exotel.com";
    hosts.flow_url = "https://my.exotel.com";
  }
  return hosts;
}

Result<carrier::Account> account_of(const storage::TelephonyConfigRecord& config,
                                    const std::string& credentials_json) {
  const auto options = vendor::parse_json_object(config.options);
  const auto credentials = vendor::parse_json_object(credentials_json);
  if (!options || !credentials)
    return fail(Errc::internal,
                fmt::format("what is stored of the account '{}' cannot be read: set it anew", config.name));
  carrier::Account account;
  account.id = config.id;
  account.workspace_id = config.workspace_id;
  account.carrier = config.carrier;
  account.sid = first_of(*options, {"sid", "accountSid"});
  account.app_id = vendor::text_member(*options, "appId");
  account.api_key = vendor::text_member(*credentials, "apiKey");
  account.api_token = first_of(*credentials, {"apiToken", "authToken"});
  if (account.sid.empty())
    return fail(Errc::invalid_argument, fmt::format("the account '{}' has no sid: set it", config.name));
  if (config.carrier == "exotel") {
    auto hosts =
        exotel_hosts(vendor::text_member(*options, "domain"), vendor::text_member(*options, "subdomain"),
                     vendor::text_member(*options, "region"));
    if (!hosts)
      return fail(hosts.error().code, fmt::format("account '{}': {}", config.name, hosts.error().message));
    account.base_url = std::move(hosts->base_url);
    account.legs_url = std::move(hosts->legs_url);
    account.flow_url = std::move(hosts->flow_url);
  } else if (config.carrier == "twilio") {
    account.base_url = kTwilio;
    // Its account's own token goes with the account's sid; an API key has a name of its own.
    if (account.api_key.empty()) account.api_key = account.sid;
  } else {
    return fail(Errc::invalid_argument,
                fmt::format("the account '{}' is at '{}': calls are placed by exotel and twilio", config.name,
                            config.carrier));
  }
  if (account.api_key.empty() || account.api_token.empty())
    return fail(Errc::invalid_argument,
                fmt::format("the account '{}' has no credentials: set apiKey and apiToken", config.name));
  return account;
}

CarrierAccounts::CarrierAccounts(storage::ControlStore& store, const security::Vault& vault,
                                 std::optional<carrier::Account> standard)
    : store_(store), vault_(vault), standard_(std::move(standard)) {}

Result<carrier::Account> CarrierAccounts::find(const std::string& workspace,
                                               const std::string& config_id) const {
  if (config_id.empty() || config_id == kSettings) {
    if (workspace != storage::kDefaultWorkspace)
      return fail(Errc::permission_denied,
                  "this workspace has no account at a carrier: save a telephony configuration and link the "
                  "number to it");
    if (!standard_)
      return fail(Errc::conflict,
                  "no account at a carrier: set EXOTEL_ACCOUNT_SID, EXOTEL_API_KEY and EXOTEL_API_TOKEN, or "
                  "save a telephony configuration");
    return *standard_;
  }
  auto config = store_.find_telephony_config(workspace, config_id);
  if (!config) {
    if (config.error().code != Errc::not_found) return fail(std::move(config.error()));
    return fail(Errc::not_found,
                "no telephony configuration with this id: list them, or link the number anew");
  }
  const auto credentials = vault_.open_sealed(config->sealed_credentials, "telephony " + config->id);
  if (!credentials)
    return fail(Errc::internal,
                fmt::format("the credentials of '{}' do not open with the key there is: set them anew",
                            config->name));
  return account_of(*config, *credentials);
}

Result<CarrierAccounts::Line> CarrierAccounts::line_for(const std::string& workspace,
                                                        const std::string& number) const {
  auto numbers = store_.list_phone_numbers(workspace);
  if (!numbers) return fail(std::move(numbers.error()));
  const bool may_use_settings = standard_ && workspace == storage::kDefaultWorkspace;
  const storage::PhoneNumberRecord* chosen = nullptr;
  if (!number.empty()) {
    const auto found = std::ranges::find_if(*numbers, [&](const storage::PhoneNumberRecord& one) {
      return one.id == number || same_number(one.number, number);
    });
    if (found != numbers->end()) chosen = &*found;
    if (chosen == nullptr && !(may_use_settings && same_number(standard_->number, number)))
      return fail(Errc::not_found, "no number of this workspace is the one to call from: save it first");
    if (chosen != nullptr && !chosen->active)
      return fail(Errc::conflict, "the number to call from is switched off");
  } else {
    std::erase_if(*numbers, [](const storage::PhoneNumberRecord& one) { return !one.active; });
    if (numbers->size() == 1) chosen = &numbers->front();
    if (chosen == nullptr && !may_use_settings) {
      return fail(Errc::invalid_argument, numbers->empty()
                                              ? "there is no number to call from: save one"
                                              : "there are several numbers: say which one to call from");
    }
  }
  if (chosen != nullptr) {
    auto account = find(workspace, chosen->telephony_config_id);
    if (!account) return fail(std::move(account.error()));
    if (!chosen->carrier.empty() && chosen->carrier != account->carrier)
      return fail(Errc::invalid_argument,
                  fmt::format("the number to call from is {}'s and its account {}'s: link it to another one",
                              chosen->carrier, account->carrier));
    return Line{std::move(*account), chosen->id, chosen->number};
  }
  Line line{*standard_, {}, standard_->number};
  if (line.number.empty())
    return fail(Errc::invalid_argument,
                "there is no number to call from: set EXOTEL_VIRTUAL_NUMBER or say which one");
  // One of the workspace's may be the same: its calls are that number's.
  const auto same =
      std::ranges::find_if(*numbers, [&](const auto& one) { return same_number(one.number, line.number); });
  if (same != numbers->end()) line.phone_id = same->id;
  return line;
}

}  // namespace parley::control
