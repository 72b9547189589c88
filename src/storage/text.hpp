// What other machines send us as text is not always text.
#pragma once

#include <string>
#include <string_view>

namespace parley::storage {

// Valid UTF-8 without NUL, which every database takes: each byte that is part of no character becomes U+FFFD.
std::string storable_text(std::string_view text);

}  // namespace parley::storage
