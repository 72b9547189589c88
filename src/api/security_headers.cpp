// What every answer tells browsers.
#include <algorithm>

#include "api/api.hpp"

namespace parley::api {
namespace {

// For the dashboard: its own files and sockets ('self' is ws and wss of the same host, too), sound it has
// recorded or fetched, styles set by scripts. A script that got in may tell nobody else what it reads.
constexpr std::string_view kContentSecurityPolicy =
    "default-src 'self'; media-src 'self' blob:; connect-src 'self'; img-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'";

void put(net::HttpResponse& response, std::string_view name, std::string_view value) {
  const bool there = std::ranges::any_of(response.headers, [&](const auto& header) {
    return std::ranges::equal(header.first, name, {}, ::tolower, ::tolower);
  });
  if (!there) response.headers.emplace_back(name, value);
}

}  // namespace

void add_security_headers(net::HttpResponse& response, bool secure) {
  put(response, "Content-Security-Policy", kContentSecurityPolicy);
  put(response, "X-Content-Type-Options", "nosniff");
  put(response, "X-Frame-Options", "DENY");
  put(response, "Referrer-Policy", "no-referrer");
  put(response, "Permissions-Policy", "microphone=(self), camera=(), geolocation=()");
  if (secure) put(response, "Strict-Transport-Security", "max-age=31536000");
}

}  // namespace parley::api
