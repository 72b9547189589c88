// Addresses and networks (CIDR) of IPv4 and IPv6. An IPv4 address mapped into IPv6 (::ffff:1.2.3.4) is the
// IPv4 one, on both sides. Immutable after parsing: any thread.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::settings {

class IpAllowList {
 public:
  // Matches nothing; empty() lets the owner decide what that means.
  IpAllowList() = default;

  // "10.0.0.0/8", "192.0.2.7", "2001:db8::/32". Bits beyond the prefix must be zero: 10.0.0.1/8 is probably a
  // mistake.
  static Result<IpAllowList> parse(std::span<const std::string> entries);

  // False for what is no address.
  bool contains(std::string_view address) const;
  bool empty() const { return networks_.empty(); }
  const std::vector<std::string>& entries() const { return entries_; }  // as they were written

 private:
  // Everything is IPv6: IPv4 is kept mapped, its prefix 96 bits longer.
  using Bytes = std::array<std::uint8_t, 16>;
  struct Network {
    Bytes address;
    int prefix;
  };
  static bool read(std::string_view text, Bytes& bytes, bool& v4);
  static bool within(const Bytes& address, const Network& network);

  std::vector<Network> networks_;
  std::vector<std::string> entries_;
};

}  // namespace parley::settings
