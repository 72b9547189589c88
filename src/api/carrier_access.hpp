// Who may speak to us as a carrier: an IP allow-list, so and so many requests of one address, and a secret at
// the end of the address or as the password of Basic. Each only if it is configured, all that are must pass.
//
// Two secrets open an address: the server's own and, where the number has one, the number's. A request for a
// number with a secret of its own must carry that one; of the server's own only addresses that we hand out
// ourselves (a call's status, a recording) make do with it, since we know nothing but the number's hash.
//
// Thread: the control context. Lifetime: what the dependencies name outlives it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.hpp"
#include "carrier/carrier.hpp"
#include "control/rate_limit.hpp"
#include "net/http_server.hpp"
#include "settings/ip_allow_list.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

// What stands at the end of an address, behind what it is called.
struct AddressTail {
  std::string phone_id;
  std::string secret;
};

class CarrierAccess {
 public:
  // Our number by its id and, failing that, by the number itself; never blocks.
  using FindNumber = std::function<std::optional<storage::PhoneNumberRecord>(std::string_view phone_id,
                                                                             std::string_view number)>;
  struct Options {
    std::string secret;                     // of the settings; empty: not asked for
    std::string callback_secret;            // in addresses that we hand out; empty: the same
    settings::IpAllowList allow;            // empty: everyone
    settings::IpAllowList trusted_proxies;  // whose X-Forwarded-For is believed
    int requests_per_second = 100;          // of one address
  };
  CarrierAccess(const Clock& clock, metrics::Registry& registry, FindNumber find_number, Options options);

  // Before anything is read. nullopt: go on.
  std::optional<net::HttpResponse> check_client(const net::HttpRequest& request);

  // `last` may be a phone's id or a secret: addresses have either there.
  AddressTail tail_of(const std::string& last, const carrier::Fields& fields) const;

  enum class HandedOut { by_us, by_people };
  // nullopt: welcome. Otherwise 401 or 403, which never says what a right value would be.
  std::optional<net::HttpResponse> check_secret(const net::HttpRequest& request, const AddressTail& tail,
                                                const carrier::Fields& fields, HandedOut handed_out);
  // A request whose signature is wrong.
  net::HttpResponse refuse_signature();

 private:
  bool is_ours(std::string_view presented) const;
  bool has_secret_of(std::string_view presented, const std::vector<std::string>& hashes) const;
  // Of the numbers of ours that this request is about and that have one.
  std::vector<std::string> hashes_of(const AddressTail& tail, const carrier::Fields& fields) const;
  net::HttpResponse refuse(int status, const char* reason, std::string line);

  metrics::Registry& registry_;
  const FindNumber find_number_;
  const Options options_;
  control::RateLimit limit_;
};

}  // namespace parley::api
