#include "api/front.hpp"

#include "api/client_address.hpp"

namespace parley::api {
namespace {

// What the router's other addresses take: none of them reads a body.
constexpr std::size_t kOtherBodyLimit = 64 * 1024;

bool is_of_the_api(std::string_view path) {
  return path == "/api" || path.starts_with("/api/");
}

}  // namespace

net::HttpHandlers Front::handlers() {
  return {.request = [this](net::HttpRequest request) { return handle(std::move(request)); },
          .upgrade = [this](net::HttpRequest request) { return handle_upgrade(std::move(request)); },
          .body_limit =
              [this](std::string_view method, std::string_view path) {
                std::size_t limit = router_.body_limit(path);
                if (limit == 0) limit = api_.body_limit(method, path);
                return limit > 0 ? limit : kOtherBodyLimit;
              },
          .refusal = [this](const net::HttpRequest& request,
                            net::HttpResponse answer) { return refuse(request, std::move(answer)); }};
}

async::Task<net::HttpResponse> Front::handle(net::HttpRequest request) {
  if (router_.serves(request.path)) {
    const bool secure = came_secure(request, trusted_proxies_);
    net::HttpResponse answer = co_await router_.answer(std::move(request));
    add_security_headers(answer, secure);
    co_return answer;
  }
  const bool missing_of_the_api = is_of_the_api(request.path) && !router_.knows(request.path);
  if (missing_of_the_api || api_.knows(request.path)) co_return co_await api_.handle(std::move(request));
  net::HttpResponse response = router_.handle(request);
  add_security_headers(response, came_secure(request, trusted_proxies_));
  co_return response;
}

// Before it had come as far as a handler: too long, or never whole.
net::HttpResponse Front::refuse(const net::HttpRequest& request, net::HttpResponse answer) const {
  const bool of_the_api = api_.knows(request.path) || is_of_the_api(request.path);
  if (of_the_api && !router_.serves(request.path)) return api_.refuse(request, answer);
  add_security_headers(answer, came_secure(request, trusted_proxies_));
  return answer;
}

async::Task<net::UpgradeAnswer> Front::handle_upgrade(net::HttpRequest request) {
  if (api_.knows(request.path)) co_return co_await api_.handle_upgrade(std::move(request));
  const bool secure = came_secure(request, trusted_proxies_);
  UpgradeDecision decision = router_.handle_upgrade(request);
  if (auto* upgrade = std::get_if<net::Upgrade>(&decision)) co_return std::move(*upgrade);
  auto& refusal = std::get<net::HttpResponse>(decision);
  add_security_headers(refusal, secure);
  co_return std::move(refusal);
}

}  // namespace parley::api
