// The server's door: API, streams of carriers and the addresses for machines, with the headers that every
// answer carries.
//
// Thread: the control context. Everything outlives it.
#pragma once

#include "api/api.hpp"
#include "api/router.hpp"
#include "net/http_server.hpp"

namespace parley::api {

class Front {
 public:
  Front(Api& api, const Router& router, settings::IpAllowList trusted_proxies)
      : api_(api), router_(router), trusted_proxies_(std::move(trusted_proxies)) {}

  // For the server; they refer to this object.
  net::HttpHandlers handlers();

 private:
  async::Task<net::HttpResponse> handle(net::HttpRequest request);
  async::Task<net::UpgradeAnswer> handle_upgrade(net::HttpRequest request);
  net::HttpResponse refuse(const net::HttpRequest& request, net::HttpResponse answer) const;

  Api& api_;
  const Router& router_;
  const settings::IpAllowList trusted_proxies_;
};

}  // namespace parley::api
