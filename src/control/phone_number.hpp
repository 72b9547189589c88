// Phone numbers as people and carriers write them. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace parley::control {

// E.164 as far as it can be understood: spaces, dots, dashes and brackets go; with region "in" or none, ten
// digits, 0 and ten digits, and 91 and ten digits are the same Indian number. Errc::invalid_argument: fewer
// than 3 or more than 15 digits, or other characters.
Result<std::string> normal_number(std::string_view text, std::string_view region);

}  // namespace parley::control
