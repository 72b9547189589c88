// Reading JSON that carriers send: never throws, never trusts a type. What is absent, null or of another type
// is simply not there. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace parley::carrier {

// nullopt: no JSON, nested deeper than 32, or no object.
std::optional<boost::json::object> parse_json_object(std::string_view text);

const boost::json::object* object_member(const boost::json::object& object, std::string_view name);
const boost::json::array* array_member(const boost::json::object& object, std::string_view name);
// Strings, numbers and booleans as text, whichever of them the carrier happens to write; else empty.
std::string text_member(const boost::json::object& object, std::string_view name);

}  // namespace parley::carrier
