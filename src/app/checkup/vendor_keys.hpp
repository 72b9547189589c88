// One vendor's key, asked about while the server runs.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/doctor.hpp"
#include "async/task.hpp"
#include "net/address_policy.hpp"

namespace parley::app {

// Asks once, for ten seconds at most; KeyCheckup::warm stays 0. nullopt: the vendor has nothing that could be
// asked. `policy`: where the request may go; nullptr: anywhere. The clock outlives it.
async::Task<std::optional<KeyCheckup>> check_key(async::Executor executor, settings::Settings settings,
                                                 std::string vendor,
                                                 std::shared_ptr<const net::AddressPolicy> policy,
                                                 const Clock& clock);

}  // namespace parley::app
