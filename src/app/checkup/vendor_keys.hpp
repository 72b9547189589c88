// One vendor's key, asked about while the server runs.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "app/doctor.hpp"
#include "net/address_policy.hpp"

namespace parley::app {

// Blocking, for ten seconds at most. Asks once, so KeyCheckup::warm stays 0. nullopt: the vendor has nothing
// that could be asked. `policy`: where the request may go; nullptr: anywhere.
std::optional<KeyCheckup> check_key(const settings::Settings& settings, std::string_view vendor,
                                    std::shared_ptr<const net::AddressPolicy> policy, const Clock& clock);

}  // namespace parley::app
