// Headers of HTTP, as clients and vendors' adapters pass them on.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace parley::net {

using HeaderList = std::vector<std::pair<std::string, std::string>>;

// Case-insensitive; the first of several. nullopt: absent.
std::optional<std::string_view> find_header(const HeaderList& headers, std::string_view name);

// Errc::invalid_argument when one would break the request it is sent with (a name that is no token, a line
// break in a value). The message never holds a value.
Result<void> check_headers(const HeaderList& headers);

}  // namespace parley::net
