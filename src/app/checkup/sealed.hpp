// What is kept sealed in the database, for those who look whether it opens.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "security/vault.hpp"
#include "settings/settings.hpp"
#include "storage/control_store.hpp"

namespace parley::app {

struct SealedSecret {
  std::string name;   // for people
  std::string place;  // it is bound to
  std::string sealed;
};
Result<std::vector<SealedSecret>> all_sealed(storage::ControlStore& store);

// Like Vault::open(), but makes no key where there is none: Errc::not_found.
Result<security::Vault> open_existing_vault(const settings::Settings& settings);

}  // namespace parley::app
