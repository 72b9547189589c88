#include "api/api_probe.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace parley::api {

ApiProbe::ApiProbe(metrics::Registry& registry, const std::vector<Operation>& operations)
    : registry_(registry) {
  rows_.reserve(operations.size() + 1);
  for (const Operation& operation : operations)
    rows_.push_back({.name = operation.id});
  rows_.push_back({.name = "none"});
}

void ApiProbe::count(std::size_t operation, int status, std::chrono::nanoseconds took) {
  Row& row = rows_[std::min(operation, rows_.size() - 1)];
  const int status_class = std::clamp(status / 100, 1, 5);
  metrics::Counter*& counter = row.by_class[static_cast<std::size_t>(status_class) - 1];
  if (counter == nullptr)
    counter = &registry_.counter("parley_http_requests_total", "Requests to the API, by answer.",
                                 {{"operation", row.name}, {"status", fmt::format("{}xx", status_class)}});
  if (row.seconds == nullptr)
    row.seconds =
        &registry_.histogram("parley_http_request_seconds",
                             "From a request of the API to its answer, of streams to their beginning.",
                             metrics::latency_bounds_seconds(), {{"operation", row.name}});
  counter->add();
  row.seconds->observe(std::chrono::duration<double>(took).count());
}

}  // namespace parley::api
