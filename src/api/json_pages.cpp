#include "api/json_pages.hpp"

#include "base/text_value.hpp"

namespace parley::api {

std::expected<storage::Page, Problem> page_of(const ApiRequest& request) {
  storage::Page page;
  page.limit = static_cast<int>(parse_integer(query_value(request, "limit").value_or("50")).value_or(50));
  if (const auto cursor = query_value(request, "cursor")) {
    auto decoded = decode_cursor(*cursor);
    if (!decoded) return std::unexpected(std::move(decoded.error()));
    page.after = std::move(decoded->id);
  }
  return page;
}

}  // namespace parley::api
