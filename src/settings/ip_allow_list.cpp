#include "settings/ip_allow_list.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cstring>

#include <fmt/core.h>

#include "base/text_value.hpp"

namespace parley::settings {

bool IpAllowList::read(std::string_view text, Bytes& bytes, bool& v4) {
  char terminated[64] = {};
  if (text.empty() || text.size() >= sizeof terminated) return false;
  std::memcpy(terminated, text.data(), text.size());
  if (std::strlen(terminated) != text.size()) return false;
  bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 0, 0};
  v4 = ::inet_pton(AF_INET, terminated, bytes.data() + 12) == 1;
  return v4 || ::inet_pton(AF_INET6, terminated, bytes.data()) == 1;
}

bool IpAllowList::within(const Bytes& address, const Network& network) {
  const auto whole = static_cast<std::size_t>(network.prefix / 8);
  if (!std::equal(address.begin(), address.begin() + static_cast<std::ptrdiff_t>(whole),
                  network.address.begin()))
    return false;
  const int rest = network.prefix % 8;
  if (rest == 0) return true;
  return ((address[whole] ^ network.address[whole]) >> (8 - rest)) == 0;
}

Result<IpAllowList> IpAllowList::parse(std::span<const std::string> entries) {
  IpAllowList list;
  for (const auto& entry : entries) {
    const auto wrong = [&](std::string_view why) {
      return fail(Errc::invalid_argument, fmt::format("'{}' {}", entry, why));
    };
    const std::string_view text = entry;
    const auto slash = text.find('/');
    Network network{};
    bool v4 = false;
    if (!read(text.substr(0, slash), network.address, v4))
      return wrong("is no IP address or network such as 10.0.0.0/8 or 2001:db8::/32");
    network.prefix = 128;
    if (slash != std::string_view::npos) {
      const std::string_view bits = text.substr(slash + 1);
      const auto prefix = bits.starts_with('+') ? std::nullopt : parse_integer(bits);
      const int most = v4 ? 32 : 128;
      if (!prefix || *prefix < 0 || *prefix > most)
        return wrong(fmt::format("needs a prefix from 0 to {} after the slash", most));
      network.prefix = static_cast<int>(*prefix) + (v4 ? 96 : 0);
    }
    for (int bit = network.prefix; bit < 128; ++bit) {
      if ((network.address[static_cast<std::size_t>(bit / 8)] >> (7 - bit % 8) & 1) != 0)
        return wrong("has bits set beyond its prefix: is the network's first address meant?");
    }
    list.networks_.push_back(network);
    list.entries_.push_back(entry);
  }
  return list;
}

bool IpAllowList::contains(std::string_view address) const {
  Bytes bytes;
  bool v4 = false;
  return read(address, bytes, v4) &&
         std::ranges::any_of(networks_, [&](const Network& network) { return within(bytes, network); });
}

}  // namespace parley::settings
