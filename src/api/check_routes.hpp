// Does what was set up work? An account at a carrier, a number, a vendor's key.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "control/setup_check.hpp"

namespace parley::api {

// Everything outlives the Api.
struct CheckRoutesDependencies {
  storage::ControlStore& store;
  const control::SetupCheck& checks;
  async::Executor executor;  // the control context's
  async::BlockingPool& pool;
  std::vector<std::string> providers;  // that may have a key
  // Asks the vendor with the key that the workspace's calls would use; nothing: there is none. On the control
  // context.
  std::function<async::Task<control::SetupFindings>(std::string workspace, std::string provider)> check_key;
};

void add_check_routes(Api& api, CheckRoutesDependencies dependencies);

}  // namespace parley::api
