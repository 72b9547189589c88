// What other machines send us as text is not always text.
#pragma once

#include <string>
#include <string_view>

namespace parley {

// Valid UTF-8 without NUL, which every database and every vendor takes: each byte that is part of no
// character becomes U+FFFD.
std::string valid_text(std::string_view text);

}  // namespace parley
