// Carriers' accounts and phone numbers; and /api/phone-numbers in the shapes of set-ups that have it already.
#pragma once

#include <functional>
#include <memory>

#include "api/api.hpp"
#include "control/agent_directory.hpp"
#include "security/vault.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

// Everything outlives the Api.
struct TelephonyRoutesDependencies {
  storage::ControlStore& store;
  control::AgentDirectory& directory;
  const security::Vault& vault;
  const Clock& clock;
};

void add_telephony_routes(Api& api, TelephonyRoutesDependencies dependencies);
void add_number_alias_routes(Api& api, TelephonyRoutesDependencies dependencies);

}  // namespace parley::api
