// .env files: NAME=value lines. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::settings {

// "export" before a name, comments (#), 'single' quotes (as they stand) and "double" quotes (\n, \", \\) are
// known. The last of several equal names counts. Errors name the line and never show a value.
Result<std::map<std::string, std::string>> parse_dotenv(std::string_view text, std::string_view source);

}  // namespace parley::settings
