// Who may open a media stream: Basic credentials, a token in the path, an IP allow-list; each only if
// configured, all that are configured must pass. Exotel removes the query from the upgrade, so nothing of it
// is ever asked for.
#pragma once

#include <optional>
#include <string>

#include "net/http_server.hpp"
#include "settings/ip_allow_list.hpp"

namespace parley::api {

class StreamAccess {
 public:
  struct Options {
    std::string user;  // Basic: both or neither
    std::string password;
    std::string path_token;
    settings::IpAllowList allow;            // empty: everyone
    settings::IpAllowList trusted_proxies;  // whose X-Forwarded-For is believed
  };

  explicit StreamAccess(Options options);

  // nullopt: welcome. Otherwise the refusal; it never says what a right value would be.
  std::optional<net::HttpResponse> check(const net::HttpRequest& request, const std::string& token) const;

 private:
  Options options_;
  std::string authorization_;  // the header that is right, made once
};

}  // namespace parley::api
