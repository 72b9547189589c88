// What `parley doctor` looks at besides the vendors' keys: each part of the installation is one small file,
// and says in a sentence what it found and, where something is wrong, what to do.
//
// Everything blocks. Nothing is changed or left behind: no directory, database or key is made. No sentence
// holds a secret.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "settings/settings.hpp"

namespace parley::app {

enum class Health { good, unused, warning, bad };
std::string_view to_string(Health health);  // "ok", "not used", "warning", "bad"

struct Finding {
  std::string part;  // "database"
  Health health = Health::good;
  std::string says;
};
using Findings = std::vector<Finding>;

// Is it there, of this program's schema, and can it be written?
Findings check_database(const settings::Settings& settings);
// The key's file, and whether everything that is sealed opens.
Findings check_secrets(const settings::Settings& settings);
// Is there a public address, and does this Parley answer there? `for_carrier`: a carrier is to call it, so
// that a server without one is bad.
Findings check_public_address(const settings::Settings& settings, bool for_carrier = false);
// Can the certificate be used, for whom, and for how long yet?
Findings check_certificate(const settings::Settings& settings, const Clock& clock);
// `ahead`: by how much the machine's clock is ahead of others', if anybody was asked; else the kernel is.
Findings check_clock(std::optional<std::chrono::seconds> ahead);
Findings check_disk(const settings::Settings& settings);
// Rows of the call log that wait for the database.
Findings check_spool(const settings::Settings& settings);
Findings check_open_files(const settings::Settings& settings);
// A small blob is put into the bucket, read and removed again.
Findings check_bucket(const settings::Settings& settings, const Clock& clock);
// The settings' account at a carrier and the saved ones: are their credentials, numbers and streams in order?
// `address` makes the base of a saved account's API from a domain, https://DOMAIN when there is none.
Findings check_carriers(const settings::Settings& settings,
                        const std::function<std::string(const std::string&)>& address = {});

}  // namespace parley::app
