#include "api/status_routes.hpp"

namespace parley::api {
namespace {

bool is_loopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address.starts_with("::ffff:127.");
}

}  // namespace

void add_status_routes(Router& router, StatusRoutesDependencies dependencies) {
  router.get("/healthz", [](const auto&, const auto&) { return text_response(200, "ok"); });
  router.get("/readyz", [not_ready = std::move(dependencies.not_ready)](const auto&, const auto&) {
    const auto reason = not_ready();
    return reason ? text_response(503, *reason) : text_response(200, "ready");
  });
  router.get("/metrics", [metrics = std::move(dependencies.metrics)](const auto&, const auto&) {
    net::HttpResponse response;
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    response.body = metrics();
    return response;
  });
  router.get("/api/v1/calls/by-carrier-id/{id}/transcript", [transcript = std::move(dependencies.transcript)](
                                                                const net::HttpRequest& request,
                                                                const PathParameters& parameters) {
    // A tunnel or proxy on this machine brings strangers in from the loopback address.
    const bool forwarded = !request.header("x-forwarded-for").empty() || !request.header("forwarded").empty();
    if (forwarded || !is_loopback(request.remote_address))
      return text_response(403, "for peers on this machine only");
    auto json = transcript(parameters.find("id")->second);
    if (!json) return text_response(404, "no such call in memory");
    net::HttpResponse response;
    response.content_type = "application/json";
    response.body = std::move(*json);
    return response;
  });
}

}  // namespace parley::api
