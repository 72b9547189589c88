// Logins, invitations, users, API keys, workspaces and the audit log.
#pragma once

#include "api/api.hpp"
#include "control/access.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

// Everything outlives the Api.
struct AccessRoutesDependencies {
  storage::ControlStore& store;
  control::Access& access;
  const Clock& clock;
};

void add_login_routes(Api& api, AccessRoutesDependencies dependencies);
void add_user_routes(Api& api, AccessRoutesDependencies dependencies);

}  // namespace parley::api
