// Who may open a media stream: Basic credentials, a token in the path, an IP allow-list; each only if
// configured, all that are configured must pass. Carriers remove the query from the upgrade, so nothing of it
// is ever asked for. A token that was handed out for one call stands for the configured one.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "control/call_book.hpp"
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
    // Was this token handed out for a call and not used up? Asked on the control context. Empty: there are
    // none of that kind.
    std::function<bool(std::string_view token)> token_opens{};
  };
  // What tokens handed out for a call begin with; such a one that opens nothing is refused, whatever else is
  // configured.
  static constexpr std::string_view kCallTokenPrefix = control::CallBook::kTokenPrefix;

  explicit StreamAccess(Options options);

  // nullopt: welcome. Otherwise the refusal; it never says what a right value would be.
  std::optional<net::HttpResponse> check(const net::HttpRequest& request, const std::string& token) const;
  // The token was handed out for one call, and opens its stream now.
  bool is_of_call(std::string_view token) const;

 private:
  bool token_passes(const std::string& token) const;

  Options options_;
  std::string authorization_;  // the header that is right, made once
};

}  // namespace parley::api
