#include "api/core_routes.hpp"

#include <boost/json/serialize.hpp>

namespace parley::api {
namespace {

async::Task<net::HttpResponse> answer_json(std::string text) {
  net::HttpResponse response;
  response.content_type = "application/json";
  response.body = std::move(text);
  co_return response;
}

}  // namespace

void add_core_routes(Api& api, std::shared_ptr<const OpenApi> description, std::string version) {
  // Neither waits for a thread of the pool: who asks whether the server is alive wants to know it most when
  // the server is busy.
  api.on_stream("getOpenApi", [description](const std::shared_ptr<const ApiRequest>& request) {
    return answer_json(description->json(request->base_url));
  });
  const std::string health =
      boost::json::serialize(boost::json::object{{"status", "ok"}, {"version", std::move(version)}});
  for (const char* operation : {"getHealth", "aliasGetHealth"})
    api.on_stream(operation, [health](const auto&) { return answer_json(health); });
}

}  // namespace parley::api
