#include "carrier/json_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace parley::carrier {

std::optional<boost::json::object> parse_json_object(std::string_view text) {
  boost::system::error_code error;
  boost::json::parse_options options;
  options.max_depth = 32;
  boost::json::value value = boost::json::parse(text, error, {}, options);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

const boost::json::object* object_member(const boost::json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  return member == nullptr ? nullptr : member->if_object();
}

const boost::json::array* array_member(const boost::json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  return member == nullptr ? nullptr : member->if_array();
}

std::string text_member(const boost::json::object& object, std::string_view name) {
  const auto* member = object.if_contains(name);
  if (member == nullptr) return {};
  if (const auto* text = member->if_string()) return std::string(*text);
  if (member->is_number() || member->is_bool()) return boost::json::serialize(*member);
  return {};
}

}  // namespace parley::carrier
