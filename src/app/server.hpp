// The server: every part made in order, run until it is told to stop, taken down in reverse.
#pragma once

#include <functional>
#include <string>

#include "base/result.hpp"
#include "settings/settings.hpp"

namespace parley::app {

// Blocks until SIGTERM or SIGINT has drained the server (a second one ends it at once). Prints the one line
// "parley: listening on http://…" when it is ready. An Error is why it could not start: one line that names
// the fix. `ready` is called once, with the address, when that line was printed; it must not block.
Result<void> run_server(const settings::Settings& settings,
                        const std::function<void(const std::string& url)>& ready = {});

}  // namespace parley::app
