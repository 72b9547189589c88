// What came in with a carrier's request, whatever its form, as flat fields. Pure; any thread.
#pragma once

#include <string_view>

#include "base/result.hpp"
#include "carrier/carrier.hpp"

namespace parley::carrier {

// The body's fields, then the query's. Bodies are forms (urlencoded, multipart) or JSON, told apart by
// Content-Type and, where that is missing or wrong, by their first bytes; the body of a GET or HEAD is not
// looked at. JSON becomes "a[b][0]"; null is empty text. A field "Stream" or "Legs" that holds JSON as text
// is taken apart likewise. Brackets that were encoded twice are brackets. Names and values are valid UTF-8
// without control characters. At most 1000 fields, names of 256 bytes, JSON of 8 levels.
// Errc::overloaded: past a limit; invalid_argument: neither a form nor JSON. Messages quote nothing of it.
Result<Fields> read_fields(std::string_view method, std::string_view query, std::string_view content_type,
                           std::string_view body);

}  // namespace parley::carrier
