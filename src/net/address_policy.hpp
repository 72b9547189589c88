// Which machines a URL that a user gave may reach: by default only public ones, so that nobody reads this
// machine's neighbours through a tool, a webhook or a recording's address (server-side request forgery).
//
// Refused unless allowed: loopback, private (RFC 1918, RFC 4193), link-local (with the clouds' metadata
// service), carrier-grade NAT (RFC 6598), multicast, unspecified, documentation and reserved ranges, and
// IPv6 forms that carry such an IPv4 address (mapped, 6to4, NAT64).
//
// Immutable; any thread.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/result.hpp"
#include "settings/ip_allow_list.hpp"

namespace parley::net {

// The setting that opens networks, for messages that name the fix.
inline constexpr std::string_view kAllowSetting = "outbound.allow";

class AddressPolicy {
 public:
  // `allowed` opens otherwise refused networks.
  explicit AddressPolicy(settings::IpAllowList allowed) : allowed_(std::move(allowed)) {}

  // Errc::permission_denied with a sentence that names the address and the setting to change.
  Result<void> check_address(std::string_view ip) const;
  // What can be said of a URL before it is used: http or https only, no user and password, a literal address
  // must pass. Errc::invalid_argument or permission_denied.
  Result<void> check_url(std::string_view url) const;
  // Policies with the same networks are the same.
  const settings::IpAllowList& allowed() const { return allowed_; }

 private:
  settings::IpAllowList allowed_;
};

}  // namespace parley::net
