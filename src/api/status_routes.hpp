// What tools ask the server: is it alive, is it ready, what does it measure; and the words of a call in
// progress.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "api/router.hpp"
#include "base/metrics.hpp"

namespace parley::api {

struct StatusRoutesDependencies {
  // nullopt: ready. Otherwise why not.
  std::function<std::optional<std::string>()> not_ready;
  // The text exposition of all metrics.
  std::function<std::string()> metrics;
  // JSON of the live transcript of the carrier's call id; nullopt: unknown call.
  std::function<std::optional<std::string>(std::string_view carrier_call_id)> transcript;
};

// /healthz, /readyz, /metrics, and /api/v1/calls/by-carrier-id/{id}/transcript for peers on this machine
// only: it has the caller's words in it and no login stands before it.
void add_status_routes(Router& router, StatusRoutesDependencies dependencies);

}  // namespace parley::api
