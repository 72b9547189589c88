// Formats of texts in the API's description. Pure; linear in the text.
#pragma once

#include <string_view>

namespace parley::api {

bool is_uuid(std::string_view text);
bool is_date(std::string_view text);       // 2026-11-21
bool is_date_time(std::string_view text);  // RFC 3339, with Z or an offset; no leap seconds
bool is_email(std::string_view text);      // one @, no spaces, a name and a host; not more
bool is_uri(std::string_view text);        // a scheme, ':' and characters that URIs have

// Without NUL.
bool is_valid_text(std::string_view text);

}  // namespace parley::api
