#include "api/client_address.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace parley::api {
namespace {

// Of several proxies in a row, what the nearest one saw stands last.
std::string_view last_of(std::string_view list) {
  const auto comma = list.rfind(',');
  return trimmed(comma == std::string_view::npos ? list : list.substr(comma + 1));
}

// The lines of a header are one list (RFC 9110 §5.2): a proxy may write its own line below the client's.
std::string list_of(const net::HttpRequest& request, std::string_view name) {
  std::string list;
  for (const auto& [key, value] : request.headers) {
    if (key != name) continue;
    if (!list.empty()) list += ',';
    list += value;
  }
  return list;
}

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_' || c == ':' || c == '[' || c == ']';
}

}  // namespace

std::string client_address(const net::HttpRequest& request, const settings::IpAllowList& trusted_proxies) {
  if (!trusted_proxies.contains(request.remote_address)) return request.remote_address;
  // From the right: each proxy appends whom it saw; the first one that is not ours is the client.
  const std::string list = list_of(request, "x-forwarded-for");
  std::string_view rest = list;
  std::string_view address = request.remote_address;
  while (!rest.empty()) {
    const std::size_t comma = rest.rfind(',');
    address = last_of(rest);
    if (!trusted_proxies.contains(address)) break;
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
  }
  return std::string(address);
}

bool came_secure(const net::HttpRequest& request, const settings::IpAllowList& trusted_proxies) {
  if (request.secure) return true;
  return trusted_proxies.contains(request.remote_address) &&
         last_of(list_of(request, "x-forwarded-proto")) == "https";
}

std::string asked_host(const net::HttpRequest& request, const settings::IpAllowList& trusted_proxies) {
  std::string_view host = request.header("host");
  const std::string list = list_of(request, "x-forwarded-host");
  const std::string_view forwarded = last_of(list);
  if (!forwarded.empty() && trusted_proxies.contains(request.remote_address)) host = forwarded;
  if (host.size() > 255 || !std::ranges::all_of(host, is_host_character)) return {};
  return std::string(host);
}

}  // namespace parley::api
