// A secret from whoever runs the command: never an argument, which every user of the machine can see.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::cli {

// Asked for on the terminal without echo; the first line of the standard input when that is no terminal.
// Errc::invalid_argument when there is none. Blocks.
Result<std::string> read_secret(std::string_view what);

}  // namespace parley::cli
