// POST /api/v1/calls: a call that we place.
#pragma once

#include <functional>
#include <string>

#include "api/api.hpp"
#include "control/dialer.hpp"

namespace parley::api {

struct DialRoutesDependencies {
  // Dialer::place; blocks. Empty: this server places no calls.
  std::function<Result<control::BookedCall>(const control::DialRequest&)> place{};
};

void add_dial_routes(Api& api, DialRoutesDependencies dependencies);

// For CallRoutesDependencies::cancel: runs `cancel` (Dialer::cancel) on the control context and waits, on a
// thread of a pool, for some seconds. Errc::timeout: it goes on.
std::function<Result<void>(const std::string& call_id)> waiting_cancel(
    async::Executor control, std::function<async::Task<Result<void>>(std::string call_id)> cancel);

}  // namespace parley::api
