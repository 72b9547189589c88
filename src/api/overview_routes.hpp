// Running calls, the sums of a span of time, and what is set up.
#pragma once

#include <functional>
#include <string>

#include "api/api.hpp"
#include "control/live_calls.hpp"
#include "control/overview.hpp"

namespace parley::api {

// Everything outlives the Api.
struct OverviewRoutesDependencies {
  control::OverviewBook& overview;
  const control::LiveCalls& live;
  const Clock& clock;
  int calls_max = 0;
};

void add_overview_routes(Api& api, OverviewRoutesDependencies dependencies);

}  // namespace parley::api
