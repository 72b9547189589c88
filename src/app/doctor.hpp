// `parley doctor`: does every key work, how far away is each vendor, do the agents name models that end, and
// is everything else in order that a server needs (app/checkup)? Each vendor is asked with the cheapest
// request it has: a list that costs nothing, or a request that is refused for being empty.
#pragma once

#include <chrono>
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "settings/settings.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::app {

struct KeyCheckup {
  std::string vendor;
  bool has_key = false;
  bool asked = false;                        // not asked: no key, or no address
  std::optional<vendor::VendorError> error;  // of a vendor that was asked
  std::chrono::microseconds first{0};        // with name, TCP and TLS
  std::chrono::microseconds warm{0};         // on the same connection again; 0: it failed before
  std::vector<std::string> models;           // where the vendor tells them
  std::vector<std::string> notes;            // "gpt-4o ends on 2027-01-14, says openai"
  std::optional<std::int64_t> date;          // what time the vendor says it is, in seconds since 1970
};

// Blocking. In the order of settings::vendor_settings(); a vendor that is not set up at all is left out
// unless it is one of the five that agents usually need.
std::vector<KeyCheckup> check_keys(const settings::Settings& settings, const Clock& clock);

// The exit code: 0; 1 when a key that is set does not work or another finding is bad. `json`: one line of
// JSON.
int run_doctor(const settings::Settings& settings, const Clock& clock, bool json, std::ostream& out);

}  // namespace parley::app
