// Where a vendor is and with which key: from the settings, given to adapters when they are made.
#pragma once

#include <memory>
#include <string>

#include "net/address_policy.hpp"

namespace parley::vendor {

struct Account {
  std::string vendor;       // "deepgram"
  std::string url;          // http(s)://host[:port][/base], no slash at the end; ws(s) is derived from it
  std::string key;          // secret: in headers only, never in an address, log or error
  std::string key_setting;  // "DEEPGRAM_API_KEY"
  // Which machines `url` may lead to; connections are not warmed then. nullptr: any, the operator has set it.
  std::shared_ptr<const net::AddressPolicy> policy = nullptr;
  // The same for an address that an agent names in its place.
  std::shared_ptr<const net::AddressPolicy> policy_elsewhere = nullptr;

  bool has_key() const { return !key.empty(); }
  // https://x → wss://x
  std::string websocket_url() const;
  // For circuit breakers and pools: differs when the vendor, address or key differs, and shows nothing of the
  // key.
  std::string id() const;
};

}  // namespace parley::vendor
