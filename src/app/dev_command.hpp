// `parley dev`: the server, for whoever tries it at a desk. It says which vendors can be used, and with
// --mock it brings emulated ones with it. Addresses that agents name may lead to this machine. The dashboard
// is opened in the browser where there is one.
#pragma once

#include <iosfwd>
#include <string>

#include "base/result.hpp"
#include "settings/settings.hpp"

namespace parley::app {

struct DevOptions {
  bool mock = false;
  std::string emulators;  // --emulators
  std::string latency;    // --latency
  bool browser = true;    // --no-browser
};

// As run_server(), after some lines on `out`.
Result<void> run_dev(settings::Settings settings, const DevOptions& options, std::ostream& out);

}  // namespace parley::app
