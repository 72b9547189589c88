#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "app/checkup/finding.hpp"
#include "app/checkup/sealed.hpp"
#include "app/data_directory.hpp"
#include "app/telephony.hpp"
#include "carrier/account_check.hpp"
#include "carrier/exotel/exotel_carrier.hpp"
#include "carrier/twilio/twilio_carrier.hpp"
#include "control/carrier_accounts.hpp"

namespace parley::app {
namespace {

using Address = std::function<std::string(const std::string&)>;

constexpr std::chrono::seconds kDeadline{15};

async::Task<> check_into(carrier::Carrier& carrier, carrier::Account account,
                         std::optional<carrier::AccountFindings>& found) {
  found = co_await carrier::check_account(carrier, std::move(account));
}

carrier::AccountFindings check_now(carrier::Account account) {
  async::asio::io_context context(1);
  carrier::RequestQueue queue(context.get_executor(), system_clock(), {});
  const auto asked = account.carrier == "twilio"
                         ? carrier::make_twilio_carrier(context.get_executor(), system_clock(), queue)
                         : carrier::make_exotel_carrier(context.get_executor(), system_clock(), queue,
                                                        {.deadline = kDeadline, .waits = {}});
  std::optional<carrier::AccountFindings> found;
  async::asio::co_spawn(context, check_into(*asked, std::move(account), found), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  // Not until the context has nothing to do: connections rest in it.
  while (!found)
    context.run_one();
  return std::move(*found);
}

Health health_of(carrier::Verdict verdict) {
  switch (verdict) {
    case carrier::Verdict::good:
      return Health::good;
    case carrier::Verdict::warning:
      return Health::warning;
    case carrier::Verdict::bad:
      break;
  }
  return Health::bad;
}

Findings examine(const std::string& part, carrier::Account account) {
  Findings findings;
  for (carrier::AccountFinding& found : check_now(std::move(account)))
    findings.push_back({part, health_of(found.verdict), std::move(found.says)});
  return findings;
}

Findings examine(const storage::TelephonyConfigRecord& config, const security::Vault& vault,
                 const Address& address) {
  const std::string part = fmt::format("carrier '{}'", config.name);
  const auto bad = [&](std::string says) { return Findings{{part, Health::bad, std::move(says)}}; };
  const auto secret = vault.open_sealed(config.sealed_credentials, "telephony " + config.id);
  if (!secret) return bad("its credentials do not open with the key there is: set them anew");
  auto account = control::account_of(config, *secret);
  if (!account) return bad(account.error().message);
  if (address) account->base_url = address(account->base_url.substr(account->base_url.find("://") + 3));
  return examine(part, std::move(*account));
}

// The account of the settings, by the names that people set it with.
Findings of_settings(const settings::Settings& settings) {
  auto account = account_of(settings);
  if (!account) return {{"carrier (settings)", Health::bad, account.error().message}};
  if (!*account) return {};
  const bool twilio = (*account)->carrier == "twilio";
  return examine(twilio ? "carrier (TWILIO_…)" : "carrier (EXOTEL_…)", std::move(**account));
}

Findings of_database(const settings::Settings& settings, const Address& address) {
  storage::sql::OpenOptions options;
  options.read_only = true;
  options.patience = std::chrono::seconds(3);
  const auto database = open_existing_database(settings, options);
  // The database's own check says what is wrong with it, the secrets' what is with the key.
  if (!database) return {};
  const auto vault = open_existing_vault(settings);
  if (!vault) return {};
  const auto store = storage::make_control_store(**database);
  const auto workspaces = store->list_workspaces();
  if (!workspaces) return {{"carrier", Health::warning, workspaces.error().message}};
  Findings findings;
  for (const auto& workspace : *workspaces) {
    const auto configs = store->list_telephony_configs(workspace.id);
    if (!configs) return {{"carrier", Health::warning, configs.error().message}};
    for (const auto& config : *configs)
      std::ranges::move(examine(config, *vault, address), std::back_inserter(findings));
  }
  return findings;
}

}  // namespace

Findings check_carriers(const settings::Settings& settings, const Address& address) {
  Findings findings = of_settings(settings);
  std::ranges::move(of_database(settings, address), std::back_inserter(findings));
  if (findings.empty())
    return {{"carrier", Health::unused, "no account of a carrier is set (EXOTEL_…, TWILIO_…) or saved"}};
  return findings;
}

}  // namespace parley::app
