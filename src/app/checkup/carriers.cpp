#include <fmt/format.h>

#include "app/checkup/fetch_now.hpp"
#include "app/checkup/finding.hpp"
#include "app/checkup/sealed.hpp"
#include "app/data_directory.hpp"
#include "control/carrier_accounts.hpp"
#include "net/url.hpp"

namespace parley::app {
namespace {

using Address = std::function<std::string(const std::string&)>;

Finding of_status(const std::string& part, const std::string& domain, int status) {
  if (status >= 200 && status < 300)
    return {part, Health::good, fmt::format("{} takes its credentials", domain)};
  if (status == 401 || status == 403) {
    return {
        part, Health::bad,
        fmt::format("{} refuses its credentials ({}): set apiKey and apiToken anew from the portal's API "
                    "settings, and look whether the account is in that region (api.in.exotel.com is India)",
                    domain, status)};
  }
  if (status == 404)
    return {part, Health::bad, fmt::format("{} does not know its sid: set it anew from the portal", domain)};
  return {part, Health::warning, fmt::format("{} answers {} just now: ask again later", domain, status)};
}

Finding examine(const storage::TelephonyConfigRecord& config, const security::Vault& vault,
                const Address& address) {
  const std::string part = fmt::format("carrier '{}'", config.name);
  const auto secret = vault.open_sealed(config.sealed_credentials, "telephony " + config.id);
  if (!secret) return {part, Health::bad, "its credentials do not open with the key there is: set them anew"};
  const auto account = control::account_of(config, *secret);
  if (!account) return {part, Health::bad, account.error().message};
  // Of Twilio's accounts and Exotel's the same path says that they are there, with another version.
  const bool twilio = account->carrier == "twilio";
  const std::string domain = account->base_url.substr(account->base_url.find("://") + 3);
  net::ClientRequest request;
  request.url = fmt::format("{}/{}/Accounts/{}", address ? address(domain) : account->base_url,
                            twilio ? "2010-04-01" : "v1", net::url_encode(account->sid));
  if (twilio) request.url += ".json";
  net::Url credentials_only;
  credentials_only.user = account->api_key;
  credentials_only.password = account->api_token;
  request.headers.emplace_back("Authorization", net::basic_authorization(credentials_only));
  request.deadline = std::chrono::seconds(10);
  request.max_body_bytes = 1024UL * 1024;
  const auto answer = fetch_now(std::move(request));
  if (!answer) {
    return {part, Health::bad,
            fmt::format("{} cannot be reached ({}): look at the domain and at the way out", domain,
                        answer.error().message)};
  }
  return of_status(part, domain, answer->status);
}

}  // namespace

Findings check_carriers(const settings::Settings& settings, const Address& address) {
  const Findings none{{"carrier", Health::unused, "no account of a carrier is saved"}};
  storage::sql::OpenOptions options;
  options.read_only = true;
  options.patience = std::chrono::seconds(3);
  const auto database = open_existing_database(settings, options);
  // The database's own check says what is wrong with it, the secrets' what is with the key.
  if (!database) return none;
  const auto vault = open_existing_vault(settings);
  if (!vault) return none;
  const auto store = storage::make_control_store(**database);
  const auto workspaces = store->list_workspaces();
  if (!workspaces) return {{"carrier", Health::warning, workspaces.error().message}};
  Findings findings;
  for (const auto& workspace : *workspaces) {
    const auto configs = store->list_telephony_configs(workspace.id);
    if (!configs) return {{"carrier", Health::warning, configs.error().message}};
    for (const auto& config : *configs)
      findings.push_back(examine(config, *vault, address));
  }
  return findings.empty() ? none : findings;
}

}  // namespace parley::app
