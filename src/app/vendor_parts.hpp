// The adapters of all vendors, made from the settings, under the names that agent files use. An adapter
// without a key is there, too: it says what to set when an agent wants it.
//
// Thread: made at start-up; the adapters are used from all shards. Lifetime: outlives every call.
#pragma once

#include <memory>

#include "app/vendors.hpp"
#include "base/clock.hpp"
#include "settings/settings.hpp"
#include "speech/speech_cache.hpp"
#include "vendor/account.hpp"

namespace parley::app {

class VendorParts {
 public:
  // `cache` keeps what voices have spoken. All outlive it.
  VendorParts(const settings::Settings& settings, const Clock& clock, speech::SpeechCache& cache);
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
