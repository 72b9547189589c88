// `parley secrets rotate` and `reseal`: another key for what is kept sealed in the database.
#pragma once

#include <functional>
#include <iosfwd>
#include <string_view>

#include "base/result.hpp"
#include "settings/settings.hpp"

namespace parley::app {

// Called when a step is behind us: "key added", "resealed". An error ends the rotation there, as the death of
// the process would.
using AfterStep = std::function<Result<void>(std::string_view step)>;

// A new key goes into the key's file, everything is sealed with it, the old keys are dropped. Whenever that
// ends early all secrets still open, and the next run finishes it instead of making yet another key. Refuses
// while a server runs, which would go on sealing with the old key, and where the key comes from the
// environment. The number of secrets.
Result<int> rotate_secrets(const settings::Settings& settings, const AfterStep& after = {});

// Seals everything with the first key, wherever the keys come from. The number of secrets.
Result<int> reseal_secrets(const settings::Settings& settings);

int run_rotate_secrets(const settings::Settings& settings, std::ostream& out, std::ostream& err);
int run_reseal_secrets(const settings::Settings& settings, std::ostream& out, std::ostream& err);

}  // namespace parley::app
