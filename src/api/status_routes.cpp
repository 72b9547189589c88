#include "api/status_routes.hpp"

#include "control/request_origin.hpp"

namespace parley::api {

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
  router.get("/api/v1/calls/by-carrier-id/{id}/transcript",
             [transcript = std::move(dependencies.transcript)](const net::HttpRequest& request,
                                                               const PathParameters& parameters) {
               // A tunnel or proxy on this machine brings strangers in from the loopback address, and so does
               // a page whose name was made to point here; whether the server listens elsewhere too makes no
               // difference to that.
               const bool here = control::is_local_request({.listens_on_loopback = true,
                                                            .peer_address = request.remote_address,
                                                            .host = request.header("host"),
                                                            .forwarded = control::was_forwarded(request),
                                                            .origin = request.header("origin")});
               if (!here) return text_response(403, "for peers on this machine only");
               auto json = transcript(parameters.find("id")->second);
               if (!json) return text_response(404, "no such call in memory");
               net::HttpResponse response;
               response.content_type = "application/json";
               response.body = std::move(*json);
               return response;
             });
}

}  // namespace parley::api
