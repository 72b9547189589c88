// Vendors' keys, prices, a workspace's settings, usage, and what the server says of itself.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "control/agent_directory.hpp"
#include "control/price_book.hpp"
#include "control/usage_book.hpp"
#include "net/address_policy.hpp"
#include "security/vault.hpp"
#include "storage/call_store.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

struct SystemInfo {
  std::string version;
  std::string public_url;  // may be empty
  std::string database;    // "sqlite" or "postgres"
  std::string recordings;  // "files" or "s3"
  int calls_max = 0;
  int calls_active = 0;
  bool draining = false;
  std::string default_agent;
  storage::WallMillis started_at = 0;
};

// Everything outlives the Api.
struct SettingsRoutesDependencies {
  storage::ControlStore& store;
  control::UsageBook& usage;
  control::AgentDirectory& directory;
  control::PriceBook& prices;
  const security::Vault& vault;
  const net::AddressPolicy& policy;
  const Clock& clock;
  std::vector<std::string> providers;          // that may have a key
  std::vector<std::string> server_providers;   // that have one in the server's own settings
  bool server_keys_shared = true;              // … and other workspaces than the default one use it, too
  std::function<SystemInfo()> system;          // any thread
  std::function<Result<void>()> keys_changed;  // before agents are made ready again; blocking
  std::function<void(const std::string& workspace)> settings_changed;
};

void add_settings_routes(Api& api, SettingsRoutesDependencies dependencies);

}  // namespace parley::api
