#include <fmt/format.h>

#include "app/checkup/finding.hpp"
#include "app/checkup/sealed.hpp"
#include "app/data_directory.hpp"
#include "security/key_file.hpp"

namespace parley::app {
namespace {

void add(std::vector<SealedSecret>& all, std::string name, std::string place, std::string sealed) {
  if (!sealed.empty()) all.push_back({std::move(name), std::move(place), std::move(sealed)});
}

}  // namespace

Result<security::Vault> open_existing_vault(const settings::Settings& settings) {
  // Vault::open would make a file that is missing.
  if (settings.secrets.key.empty()) {
    if (const auto keys = security::read_key_file(secret_file_of(settings)); !keys) return fail(keys.error());
  }
  return security::Vault::open(settings.secrets.key, secret_file_of(settings));
}

Result<std::vector<SealedSecret>> all_sealed(storage::ControlStore& store) {
  std::vector<SealedSecret> all;
  const auto workspaces = store.list_workspaces();
  if (!workspaces) return fail(workspaces.error());
  for (const auto& workspace : *workspaces) {
    const auto webhooks = store.list_webhooks(workspace.id);
    if (!webhooks) return fail(webhooks.error());
    for (const auto& webhook : *webhooks)
      add(all, "the webhook " + webhook.id, "webhook " + webhook.id, webhook.sealed_secret);
    const auto configs = store.list_telephony_configs(workspace.id);
    if (!configs) return fail(configs.error());
    for (const auto& config : *configs)
      add(all, fmt::format("the carrier's account '{}'", config.name), "telephony " + config.id,
          config.sealed_credentials);
  }
  const auto keys = store.all_provider_keys();
  if (!keys) return fail(keys.error());
  for (const auto& key : *keys) {
    add(all, fmt::format("the key of {}", key.provider),
        fmt::format("provider {} {}", key.workspace_id, key.provider), key.sealed_key);
  }
  return all;
}

Findings check_secrets(const settings::Settings& settings) {
  const auto finding = [](Health health, std::string says) -> Findings {
    return {{"secrets", health, std::move(says)}};
  };
  storage::sql::OpenOptions options;
  options.read_only = true;
  options.patience = std::chrono::seconds(3);
  const auto database = open_existing_database(settings, options);
  std::vector<SealedSecret> sealed;
  if (database) {
    auto all = all_sealed(*storage::make_control_store(**database));
    if (!all) return finding(Health::warning, all.error().message);
    sealed = std::move(*all);
  }
  const auto vault = open_existing_vault(settings);
  if (!vault && vault.error().code == Errc::not_found && sealed.empty())
    return finding(Health::unused, "there is no key yet: the first start makes one");
  if (!vault && vault.error().code == Errc::not_found) {
    return finding(Health::bad, fmt::format("{}, and {} stored secrets cannot be opened without it: bring it "
                                            "back from where its copy is kept",
                                            vault.error().message, sealed.size()));
  }
  if (!vault) return finding(Health::bad, vault.error().message);
  std::size_t old = 0;
  for (const SealedSecret& secret : sealed) {
    if (!vault->open_sealed(secret.sealed, secret.place)) {
      return finding(Health::bad, fmt::format("{} does not open with the key there is: set it anew, or bring "
                                              "the key back that sealed it",
                                              secret.name));
    }
    if (!vault->sealed_with_first_key(secret.sealed)) ++old;
  }
  if (old > 0) {
    return finding(Health::warning,
                   fmt::format("{} are sealed with an older key: run 'parley secrets {}'", old,
                               settings.secrets.key.empty() ? "rotate' to finish the rotation" : "reseal'"));
  }
  return finding(Health::good, fmt::format("all {} open", sealed.size()));
}

}  // namespace parley::app
