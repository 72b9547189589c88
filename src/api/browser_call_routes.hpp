// Calls from the browser: POST /api/v1/browser-calls announces one, and the address it answers with is the
// call's WebSocket. docs/browser-calls.md has the protocol.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "api/api.hpp"
#include "api/router.hpp"
#include "control/browser_calls.hpp"
#include "engine/call_registry.hpp"
#include "engine/deferred_call.hpp"
#include "settings/ip_allow_list.hpp"

namespace parley::api {

// Everything outlives the routes.
struct BrowserCallRoutesDependencies {
  control::BrowserCalls& calls;
  const engine::CallRegistry& registry;
};
void add_browser_call_routes(Api& api, BrowserCallRoutesDependencies dependencies);

struct BrowserSocketDependencies {
  control::BrowserCalls& calls;
  engine::CallRegistry& registry;
  std::vector<std::string> cors_origins;  // pages of other origins that may open a socket
  settings::IpAllowList trusted_proxies;
  // Makes the call for an accepted socket; called on the call's shard.
  std::function<std::unique_ptr<engine::Call>(engine::MakeCodec, async::Executor, media::MediaLink&,
                                              std::string_view carrier, engine::ChooseAgent)>
      make_call;
};
void add_browser_socket(Router& router, BrowserSocketDependencies dependencies);

}  // namespace parley::api
