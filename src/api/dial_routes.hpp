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

}  // namespace parley::api
