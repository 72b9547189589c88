// `parley users owner-link` and `reset-password`: for whoever has the machine and lost the way in. They work
// on the database itself, beside a running server or without one.
#pragma once

#include <iosfwd>
#include <string>

#include "base/clock.hpp"
#include "settings/settings.hpp"

namespace parley::app {

// Each prints a link that is good once and gives the exit code; 1 after one sentence on `err`.
int run_owner_link(const settings::Settings& settings, const std::string& server_url, const Clock& clock,
                   std::ostream& out, std::ostream& err);
int run_reset_password(const settings::Settings& settings, const std::string& email,
                       const std::string& server_url, const Clock& clock, std::ostream& out,
                       std::ostream& err);

}  // namespace parley::app
