// Outgoing webhooks and what was posted.
#pragma once

#include <functional>
#include <memory>

#include "api/api.hpp"
#include "control/webhook_sender.hpp"
#include "net/address_policy.hpp"
#include "security/vault.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

// Everything outlives the Api.
struct WebhookRoutesDependencies {
  storage::ControlStore& store;
  const security::Vault& vault;
  const net::AddressPolicy& policy;
  const Clock& clock;
  std::function<void()> changed;  // of the webhooks there are; any thread
  std::function<void()> due;      // something is to be posted now; any thread
};

void add_webhook_routes(Api& api, WebhookRoutesDependencies dependencies);

}  // namespace parley::api
