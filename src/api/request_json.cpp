#include "api/request_json.hpp"

#include <cmath>

#include <boost/json/parse.hpp>
#include <fmt/core.h>

namespace parley::api {
namespace {

namespace json = boost::json;

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

// As deep as the parser let it be.
const char* unusable(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string:
      return has_nul(value.get_string()) ? "a text holds the character NUL, which cannot be kept" : nullptr;
    case json::kind::double_:
      return std::isfinite(value.get_double()) ? nullptr : "a number is too large";
    case json::kind::array:
      for (const auto& item : value.get_array()) {
        if (const char* why = unusable(item); why != nullptr) return why;
      }
      return nullptr;
    case json::kind::object:
      for (const auto& member : value.get_object()) {
        if (has_nul(member.key())) return "a name holds the character NUL, which cannot be kept";
        if (const char* why = unusable(member.value()); why != nullptr) return why;
      }
      return nullptr;
    default:
      return nullptr;
  }
}

std::string reason(boost::system::error_code ec) {
  if (ec == json::error::too_deep) return fmt::format("more than {} levels inside each other", kMaxBodyDepth);
  if (ec == json::error::incomplete) return "is not JSON: it ends too early";
  if (ec == json::error::extra_data) return "is not JSON: something follows after its end";
  if (ec == json::error::syntax) return "is not JSON: write names and texts in double quotes, no comments";
  return fmt::format("is not JSON: {}", ec.message());
}

}  // namespace

Result<json::value> parse_request_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kMaxBodyDepth;
  boost::system::error_code ec;
  json::value value = json::parse(text, ec, {}, options);
  if (ec) return fail(Errc::invalid_argument, reason(ec));
  if (const char* why = unusable(value); why != nullptr) return fail(Errc::invalid_argument, why);
  return value;
}

}  // namespace parley::api
