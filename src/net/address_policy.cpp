#include "net/address_policy.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include <fmt/core.h>

#include "net/url.hpp"

namespace parley::net {
namespace {

using V4 = std::array<std::uint8_t, 4>;
using V6 = std::array<std::uint8_t, 16>;

template <std::size_t N>
struct Range {
  std::array<std::uint8_t, N> first;
  int prefix;
  std::string_view what;
};

// IANA's registry of special-purpose addresses, as far as they are not for everybody.
constexpr std::array<Range<4>, 16> kRefusedV4{{{{0, 0, 0, 0}, 8, "an unspecified address"},
                                               {{10, 0, 0, 0}, 8, "a private address"},
                                               {{100, 64, 0, 0}, 10, "an address behind a carrier's NAT"},
                                               {{127, 0, 0, 0}, 8, "this machine itself"},
                                               {{169, 254, 0, 0}, 16, "a link-local address"},
                                               {{172, 16, 0, 0}, 12, "a private address"},
                                               {{192, 0, 0, 0}, 24, "a reserved address"},
                                               {{192, 0, 2, 0}, 24, "a documentation address"},
                                               {{192, 88, 99, 0}, 24, "a reserved address"},
                                               {{192, 168, 0, 0}, 16, "a private address"},
                                               {{198, 18, 0, 0}, 15, "a reserved address"},
                                               {{198, 51, 100, 0}, 24, "a documentation address"},
                                               {{203, 0, 113, 0}, 24, "a documentation address"},
                                               {{224, 0, 0, 0}, 4, "a multicast address"},
                                               {{255, 255, 255, 255}, 32, "a broadcast address"},
                                               {{240, 0, 0, 0}, 4, "a reserved address"}}};

constexpr std::array<Range<16>, 7> kRefusedV6{
    {{{0xfc}, 7, "a private address"},
     {{0xfe, 0x80}, 10, "a link-local address"},
     {{0xfe, 0xc0}, 10, "a private address"},
     {{0xff}, 8, "a multicast address"},
     {{0x20, 0x01}, 23, "a reserved address"},  // Teredo, ORCHID, benchmarks
     {{0x20, 0x01, 0x0d, 0xb8}, 32, "a documentation address"},
     {{0x3f, 0xff}, 20, "a documentation address"}}};

template <std::size_t N>
bool starts_with(const std::array<std::uint8_t, N>& address, const std::array<std::uint8_t, N>& first,
                 int prefix) {
  for (int bit = 0; bit < prefix; ++bit) {
    const auto byte = static_cast<std::size_t>(bit / 8);
    if (((address[byte] ^ first[byte]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

template <std::size_t N>
std::string_view refusal(const std::array<std::uint8_t, N>& address, std::span<const Range<N>> ranges) {
  for (const auto& range : ranges) {
    if (starts_with(address, range.first, range.prefix)) return range.what;
  }
  return {};
}

// The IPv4 address an IPv6 one leads to.
std::optional<V4> carried(const V6& address) {
  constexpr V6 kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  constexpr V6 kNat64{0x00, 0x64, 0xff, 0x9b};
  constexpr V6 kSixToFour{0x20, 0x02};
  const auto bytes_at = [&](std::size_t at) {
    return V4{address[at], address[at + 1], address[at + 2], address[at + 3]};
  };
  if (starts_with(address, kMapped, 96) || starts_with(address, kNat64, 96)) return bytes_at(12);
  if (starts_with(address, kSixToFour, 16)) return bytes_at(2);
  return std::nullopt;
}

std::string_view refusal_v6(const V6& address) {
  constexpr V6 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  constexpr V6 kGlobal{0x20};
  if (address == V6{}) return "an unspecified address";
  if (address == kLoopback) return "this machine itself";
  if (const auto what = refusal<16>(address, kRefusedV6); !what.empty()) return what;
  return starts_with(address, kGlobal, 3) ? std::string_view() : "a reserved address";
}

std::string text_of(const V4& address) {
  return fmt::format("{}.{}.{}.{}", address[0], address[1], address[2], address[3]);
}

// Everything that the system takes for an IPv4 address: 127.1, 0x7f.1, 0177.0.0.1, 2130706433.
std::optional<std::string> as_v4(const std::string& host) {
  in_addr address{};
  if (::inet_aton(host.c_str(), &address) == 0) return std::nullopt;
  V4 bytes{};
  std::copy_n(reinterpret_cast<const std::uint8_t*>(&address.s_addr), bytes.size(), bytes.begin());
  return text_of(bytes);
}

}  // namespace

Result<void> AddressPolicy::check_address(std::string_view ip) const {
  const std::string shown(ip.substr(0, 64));
  const std::string address = shown.substr(0, shown.find('%'));  // fe80::1%eth0
  if (allowed_.contains(address)) return {};
  std::string_view what = "no address";
  V4 v4{};
  V6 v6{};
  if (::inet_pton(AF_INET, address.c_str(), v4.data()) == 1) {
    what = refusal<4>(v4, kRefusedV4);
  } else if (::inet_pton(AF_INET6, address.c_str(), v6.data()) == 1) {
    const auto inner = carried(v6);
    if (inner && allowed_.contains(text_of(*inner))) return {};
    what = inner ? refusal<4>(*inner, kRefusedV4) : refusal_v6(v6);
  }
  if (what.empty()) return {};
  return fail(Errc::permission_denied,
              fmt::format("{} is {}, which addresses given by users may not reach: if it is meant, add its "
                          "network to {}",
                          shown, what, kAllowSetting));
}

Result<void> AddressPolicy::check_url(std::string_view text) const {
  const auto url = parse_url(text);
  if (!url) return fail(url.error());
  if (url->scheme != "http" && url->scheme != "https") {
    return fail(Errc::invalid_argument, "the address does not start with http:// or https://");
  }
  if (!url->user.empty() || !url->password.empty()) {
    return fail(Errc::invalid_argument,
                "the address holds a user or a password: put credentials into a header instead");
  }
  std::string host = percent_decode(url->host);
  if (host.ends_with('.')) host.pop_back();  // the root's dot, which changes nothing
  if (const auto v4 = as_v4(host)) return check_address(*v4);
  if (host.find(':') != std::string::npos) return check_address(host);
  if (host == "localhost" || host.ends_with(".localhost")) return check_address("127.0.0.1");
  return {};
}

}  // namespace parley::net
