// Exotel's heartbeat: how its lines to our numbers are doing, as a log line and metrics. It names numbers;
// only how many there are is kept.
//
// Thread: the control context. Lifetime: the registry outlives it.
#pragma once

#include "base/metrics.hpp"
#include "carrier/carrier.hpp"
#include "net/http_server.hpp"

namespace parley::api {

class CarrierHeartbeat {
 public:
  explicit CarrierHeartbeat(metrics::Registry& registry);

  net::HttpResponse take(const carrier::Fields& fields);

 private:
  metrics::Registry& registry_;
  metrics::Gauge& level_;
  metrics::Gauge& incoming_;
  metrics::Gauge& outgoing_;
};

}  // namespace parley::api
