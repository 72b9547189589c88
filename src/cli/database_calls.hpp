// `parley calls list` and `show` without a server: the call log is read from the database itself, beside a
// running server or without one, and given as the API would give it.
#pragma once

#include "cli/api_run.hpp"
#include "settings/settings.hpp"

namespace parley::cli {

// `command` has from_database. The exit code: 0, or 1 after one sentence on `err`.
int run_on_database(const settings::Settings& settings, const ApiCommand& command, const Given& given,
                    Output output, const Surroundings& around);

}  // namespace parley::cli
