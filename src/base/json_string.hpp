// A JSON string's contents, for the places that write JSON piece by piece.
#pragma once

#include <string>
#include <string_view>

namespace parley {

// Quotes and backslashes are escaped, control characters become \u escapes; the quotes around it are the
// caller's.
void append_json_escaped(std::string_view text, std::string& out);

}  // namespace parley
