#include "api/cors.hpp"

#include <algorithm>

namespace parley::api {
namespace {

constexpr std::string_view kRequestHeaders =
    "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, Last-Event-ID, Range, X-API-Key, "
    "X-CSRF-Token";
constexpr std::string_view kAnswerHeaders =
    "Accept-Ranges, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Location, Retry-After";

}  // namespace

bool Cors::allows_all() const {
  return std::ranges::find(origins_, "*") != origins_.end();
}

bool Cors::allows(std::string_view origin) const {
  return !origin.empty() && (allows_all() || std::ranges::find(origins_, origin) != origins_.end());
}

std::optional<net::HttpResponse> Cors::preflight(const net::HttpRequest& request,
                                                 const std::string& allowed) const {
  if (request.method != "OPTIONS") return std::nullopt;
  net::HttpResponse response;
  response.status = 204;
  response.content_type.clear();
  response.headers.emplace_back("Allow", allowed);
  const bool asks = !request.header("access-control-request-method").empty();
  if (asks && allows(request.header("origin"))) {
    response.headers.emplace_back("Access-Control-Allow-Methods", allowed);
    response.headers.emplace_back("Access-Control-Allow-Headers", kRequestHeaders);
    response.headers.emplace_back("Access-Control-Max-Age", "600");
  }
  return response;
}

void Cors::mark(std::string_view origin, net::HttpResponse& response) const {
  if (origins_.empty()) return;
  if (allows_all()) {
    response.headers.emplace_back("Access-Control-Allow-Origin", "*");
  } else {
    response.headers.emplace_back("Vary", "Origin");
    if (!allows(origin)) return;
    response.headers.emplace_back("Access-Control-Allow-Origin", origin);
    response.headers.emplace_back("Access-Control-Allow-Credentials", "true");
  }
  response.headers.emplace_back("Access-Control-Expose-Headers", kAnswerHeaders);
}

}  // namespace parley::api
