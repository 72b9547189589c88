// How often one client may ask: a key or a login as often as the setting says, and all that come from one
// address together some times more, because behind it may sit an office.
//
// Thread: the control context. Lifetime: the clock outlives it.
#pragma once

#include <optional>
#include <string>

#include "api/problem.hpp"
#include "control/rate_limit.hpp"
#include "net/http_server.hpp"

namespace parley::api {

class ClientLimit {
 public:
  // 0: no limit.
  ClientLimit(const Clock& clock, int requests_per_second);

  // `address` is the client's. The problem is a 429 that says when to come back; nullopt: go on.
  std::optional<Problem> take(const net::HttpRequest& request, const std::string& address);

 private:
  const int requests_per_second_;
  control::RateLimit per_client_;
  control::RateLimit per_address_;
};

}  // namespace parley::api
