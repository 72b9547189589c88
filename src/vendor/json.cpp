#include "vendor/json.hpp"

#include <charconv>
#include <cmath>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>

namespace parley::vendor {
namespace {

constexpr std::size_t kDepth = 32;

std::optional<double> finite(double number) {
  if (!std::isfinite(number)) return std::nullopt;
  return number;
}

std::optional<double> read_number(std::string_view text) {
  double number = 0;
  const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return finite(number);
}

std::optional<double> number_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::int64:
      return static_cast<double>(value.get_int64());
    case json::kind::uint64:
      return static_cast<double>(value.get_uint64());
    case json::kind::double_:
      return finite(value.get_double());
    case json::kind::string:
      return read_number(value.get_string());
    default:
      return std::nullopt;
  }
}

}  // namespace

Result<json::value> parse_json(std::string_view text) {
  json::parse_options options;
  options.max_depth = kDepth;
  boost::system::error_code ec;
  auto value = json::parse(text, ec, {}, options);
  if (ec) return fail(Errc::protocol, fmt::format("not JSON: {}", ec.message()));
  return value;
}

Result<json::object> parse_json_object(std::string_view text) {
  auto value = parse_json(text);
  if (!value) return fail(value.error());
  if (!value->is_object()) return fail(Errc::protocol, "JSON, but not an object");
  return std::move(value->get_object());
}

const json::value* member(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains({name.data(), name.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object* object_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  return value == nullptr ? nullptr : value->if_object();
}

const json::array* array_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  return value == nullptr ? nullptr : value->if_array();
}

std::string_view string_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  const auto* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string_view() : std::string_view(text->data(), text->size());
}

std::string text_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr || value->is_object() || value->is_array()) return {};
  if (const auto* text = value->if_string()) return {text->data(), text->size()};
  return to_text(*value);
}

std::optional<std::int64_t> integer_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  if (const auto* text = value->if_string()) {
    std::int64_t number = 0;
    const auto [end, ec] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (ec == std::errc() && end == text->data() + text->size()) return number;
  }
  const auto number = number_of(*value);
  // 2^63 is exact as a double; the largest int64 is not.
  if (!number || *number >= 9223372036854775808.0 || *number < -9223372036854775808.0) return std::nullopt;
  return static_cast<std::int64_t>(*number);
}

std::optional<double> number_member(const json::object& object, std::string_view name) {
  const auto* value = member(object, name);
  return value == nullptr ? std::nullopt : number_of(*value);
}

bool bool_member(const json::object& object, std::string_view name, bool otherwise) {
  const auto* value = member(object, name);
  const auto* flag = value == nullptr ? nullptr : value->if_bool();
  return flag == nullptr ? otherwise : *flag;
}

std::string to_text(const json::value& value) {
  return json::serialize(value);
}

}  // namespace parley::vendor
