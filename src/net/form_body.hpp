// Bodies of requests that are forms, as fields: application/x-www-form-urlencoded and multipart/form-data
// (RFC 7578). Tolerant where senders are known to be careless (bare line feeds, no last boundary, no or a
// wrong Content-Type), strict about sizes. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace parley::net {

using FormFields = std::vector<std::pair<std::string, std::string>>;

struct FormLimits {
  std::size_t max_bytes = 1024 * 1024;  // of the body
  std::size_t max_fields = 1000;
  std::size_t max_name_bytes = 256;
  std::size_t max_part_head_bytes = 8 * 1024;
};

// In order; a name may come twice. Values are the bytes that were sent: of a part with a file name its
// contents; parts within a part are not looked into; parts without a name are left out. Errc::overloaded:
// past a limit; invalid_argument: no form. Messages name what is wrong and quote nothing of it.
Result<FormFields> parse_form_body(std::string_view content_type, std::string_view body,
                                   const FormLimits& limits = {});

// "multipart/form-data" of "Multipart/Form-Data; boundary=x".
std::string media_type(std::string_view content_type);
// A parameter of a header (`boundary`, `name`), without its quotes; empty: there is none.
std::string header_parameter(std::string_view header, std::string_view name);

}  // namespace parley::net
