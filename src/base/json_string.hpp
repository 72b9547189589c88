// A JSON string's contents, for the places that write JSON piece by piece.
#pragma once

#include <string>
#include <string_view>

namespace parley {

// Quotes and backslashes are escaped, control characters become \u escapes; the quotes around it are the
// caller's.
void append_json_escaped(std::string_view text, std::string& out);

// One step of a JSON pointer (RFC 6901): a slash and the member's name or the item's number.
void append_json_pointer(std::string_view name, std::string& pointer);

}  // namespace parley
