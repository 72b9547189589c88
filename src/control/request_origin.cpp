#include "control/request_origin.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/ascii.hpp"
#include "base/ids.hpp"

namespace parley::control {
namespace {

bool is_loopback_address(std::string_view address) {
  const std::string text(address);
  in_addr ipv4{};
  if (::inet_pton(AF_INET, text.c_str(), &ipv4) == 1) return (ntohl(ipv4.s_addr) >> 24U) == 127;
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, text.c_str(), &ipv6) != 1) return false;
  return IN6_IS_ADDR_LOOPBACK(&ipv6) || (IN6_IS_ADDR_V4MAPPED(&ipv6) && ipv6.s6_addr[12] == 127);
}

// "host", "host:80", "[::1]:8080" without the port; false when it is none of these.
bool split_authority(std::string_view authority, std::string_view& name, std::string_view& port) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    name = authority.substr(0, end + 1);
    authority.remove_prefix(end + 1);
  } else {
    name = authority.substr(0, authority.find(':'));
    authority.remove_prefix(name.size());
  }
  port = {};
  if (authority.empty()) return !name.empty();
  if (!authority.starts_with(':')) return false;
  port = authority.substr(1);
  return !name.empty() && port.find_first_not_of("0123456789") == std::string_view::npos && port.size() <= 5;
}

// The names that cannot be made to point elsewhere.
bool is_loopback_authority(std::string_view authority) {
  std::string_view name;
  std::string_view port;
  if (!split_authority(authority, name, port)) return false;
  const std::string lower = to_lower(name);
  return lower == "localhost" || lower == "127.0.0.1" || lower == "[::1]";
}

// What follows the scheme; empty when it is no origin of a page ("null").
std::string_view authority_of(std::string_view origin) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return origin.substr(scheme.size());
  }
  return {};
}

bool is_same_host(std::string_view origin, std::string_view host) {
  const bool secure = origin.starts_with("https://");
  std::string_view origin_name;
  std::string_view origin_port;
  std::string_view host_name;
  std::string_view host_port;
  if (!split_authority(authority_of(origin), origin_name, origin_port)) return false;
  if (!split_authority(host, host_name, host_port)) return false;
  const std::string_view usual = secure ? "443" : "80";
  return to_lower(origin_name) == to_lower(host_name) &&
         (origin_port.empty() ? usual : origin_port) == (host_port.empty() ? usual : host_port);
}

}  // namespace

bool was_forwarded(const net::HttpRequest& request) {
  static constexpr std::array<std::string_view, 9> kNames{
      "forwarded",         "x-forwarded-for", "x-forwarded-host",
      "x-forwarded-proto", "x-real-ip",       "cf-connecting-ip",
      "x-original-host",   "true-client-ip",  "via"};
  return std::ranges::any_of(request.headers, [](const auto& header) {
    return std::ranges::find(kNames, header.first) != kNames.end();
  });
}

bool is_local_request(const RequestOrigin& request) {
  return request.listens_on_loopback && !request.forwarded && is_loopback_address(request.peer_address) &&
         is_loopback_authority(request.host) &&
         (request.origin.empty() || is_loopback_authority(authority_of(request.origin)));
}

bool is_csrf_safe(std::string_view method, std::string_view csrf_header, const Principal& principal,
                  std::string_view origin, std::string_view host) {
  if (method == "GET" || method == "HEAD" || method == "OPTIONS") return true;
  if (principal.kind == Principal::Kind::api_key) return true;
  // A page of this machine's other ports is the developer's own: the dashboard's development server.
  if (principal.kind == Principal::Kind::local)
    return origin.empty() || is_loopback_authority(authority_of(origin));
  if (!origin.empty() && !is_same_host(origin, host)) return false;
  if (principal.kind == Principal::Kind::nobody) return true;
  return !principal.csrf_token.empty() && constant_time_equal(csrf_header, principal.csrf_token);
}

}  // namespace parley::control
