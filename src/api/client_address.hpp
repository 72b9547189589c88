// Who a request comes from and how it was addressed, behind proxies that are trusted. Pure, any thread.
#pragma once

#include <string>

#include "net/http_server.hpp"
#include "settings/ip_allow_list.hpp"

namespace parley::api {

// The peer, or the last address in X-Forwarded-For that is not a trusted proxy, if the peer is one.
std::string client_address(const net::HttpRequest& request, const settings::IpAllowList& trusted_proxies);

// Over TLS, our own or by a trusted proxy's word (X-Forwarded-Proto).
bool came_secure(const net::HttpRequest& request, const settings::IpAllowList& trusted_proxies);

// The name and port that the client asked for: X-Forwarded-Host of a trusted proxy, else Host. Empty when it
// is none that could stand in an address.
std::string asked_host(const net::HttpRequest& request, const settings::IpAllowList& trusted_proxies);

}  // namespace parley::api
