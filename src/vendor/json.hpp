// Reading what vendors send: never throws, never trusts a type. A member that is absent, null or of another
// type is simply not there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "base/result.hpp"

namespace parley::vendor {

namespace json = boost::json;

// Errc::protocol: not JSON, invalid UTF-8, or nested deeper than 32.
Result<json::value> parse_json(std::string_view text);
// … and an object at the top.
Result<json::object> parse_json_object(std::string_view text);

const json::value* member(const json::object& object, std::string_view name);
const json::object* object_member(const json::object& object, std::string_view name);
const json::array* array_member(const json::object& object, std::string_view name);
// Empty when it is no string. Valid as long as the object.
std::string_view string_member(const json::object& object, std::string_view name);
// Strings, numbers and booleans as text; empty otherwise: for codes that some servers write as numbers.
std::string text_member(const json::object& object, std::string_view name);
// Numbers, and numbers in strings; whole ones for integer_member (fractions are cut).
std::optional<std::int64_t> integer_member(const json::object& object, std::string_view name);
std::optional<double> number_member(const json::object& object, std::string_view name);
bool bool_member(const json::object& object, std::string_view name, bool otherwise = false);

std::string to_text(const json::value& value);

}  // namespace parley::vendor
