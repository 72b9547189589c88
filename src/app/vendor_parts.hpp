// The adapters of all vendors, made from the settings, under the names that agent files use. An adapter
// without a key is there, too: it says what to set when an agent wants it.
//
// Thread: the adapters are used from all shards. Lifetime: outlives the calls that use it, and the sockets
// that wait in its pools (vendor::SocketPool), which are gone half a minute after the last of those calls.
#pragma once

#include <memory>
#include <set>
#include <string>

#include "app/vendors.hpp"
#include "base/clock.hpp"
#include "settings/settings.hpp"
#include "speech/speech_cache.hpp"
#include "vendor/account.hpp"

namespace parley::app {

// Where requests may go of which somebody else than the operator has said where.
struct Outbound {
  // nullptr: anywhere. Agents' tools keep to it in any case.
  std::shared_ptr<const net::AddressPolicy> policy = nullptr;
  // An address that an agent names is as good as one of the settings.
  bool agents_are_the_operators = false;
  // Vendors whose address in the settings is a user's.
  std::set<std::string, std::less<>> untrusted{};
};

class VendorParts {
 public:
  // `cache` keeps what voices have spoken. It and the clock outlive this.
  VendorParts(const settings::Settings& settings, const Clock& clock, speech::SpeechCache& cache,
              const Outbound& outbound = {});
  ~VendorParts();
  VendorParts(const VendorParts&) = delete;
  VendorParts& operator=(const VendorParts&) = delete;

  void add_to(VendorTable& table);
  llm::ToolRunner& tools();

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

// The files named in the settings, or the bundled ones. Errors name file, line and key. Blocking.
Result<std::shared_ptr<const vendor::PriceTable>> load_prices(const settings::Settings& settings);
Result<std::shared_ptr<const vendor::ModelNotes>> load_model_notes(const settings::Settings& settings);

// The authorities of the settings. Before anything is asked of a vendor.
Result<void> trust_vendors(const settings::Settings& settings);

// Address and key of a vendor; `path` is appended to the address.
vendor::Account account_of(const settings::Settings& settings, std::string_view vendor,
                           std::string_view path = {});

}  // namespace parley::app
