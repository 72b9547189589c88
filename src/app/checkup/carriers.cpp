#include <fmt/format.h>

#include "app/checkup/fetch_now.hpp"
#include "app/checkup/finding.hpp"
#include "app/checkup/sealed.hpp"
#include "app/data_directory.hpp"
#include "net/url.hpp"
#include "vendor/json.hpp"

namespace parley::app {
namespace {

using Address = std::function<std::string(const std::string&)>;

// Exotel's own for the region, where the account names none.
std::string domain_of(const vendor::json::object& options) {
  std::string domain = vendor::text_member(options, "domain");
  if (!domain.empty()) return domain;
  return vendor::text_member(options, "region") == "in" ? "api.in.exotel.com" : "api.exotel.com";
}

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
  const auto credentials = vendor::parse_json_object(*secret);
  const auto options = vendor::parse_json_object(config.options);
  if (!credentials || !options)
    return {part, Health::bad, "what is stored of it cannot be read: set it anew"};
  const std::string domain = domain_of(*options);
  net::ClientRequest request;
  request.url = fmt::format("{}/v1/Accounts/{}", address ? address(domain) : "https://" + domain,
                            net::url_encode(vendor::text_member(*options, "sid")));
  net::Url credentials_only;
  credentials_only.user = vendor::text_member(*credentials, "apiKey");
  credentials_only.password = vendor::text_member(*credentials, "apiToken");
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
