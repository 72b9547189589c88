#include "control/custom_field.hpp"

#include <algorithm>

#include <boost/json/serialize.hpp>

#include "vendor/json.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

constexpr std::string_view kPrefix = "parley:";
constexpr std::string_view kMember = "parley";
// Carriers hand a kilobyte through at most; what is longer is not of ours.
constexpr std::size_t kMostRead = 4096;
constexpr std::size_t kMostVariables = 50;
constexpr std::size_t kLongestId = 64;

// What an id of ours can look like; whatever else somebody writes there names nothing.
bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  });
}

bool has_control_characters(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

}  // namespace

CustomField parse_custom_field(std::string_view text) {
  CustomField field;
  if (text.size() > kMostRead) return field;
  if (text.starts_with(kPrefix)) {
    const auto id = text.substr(kPrefix.size());
    if (is_id(id)) field.call_id = id;
    return field;
  }
  if (!text.starts_with('{')) return field;
  const auto object = vendor::parse_json_object(text);
  if (!object) return field;
  for (const auto& [name, value] : *object) {
    if (name == kMember) {
      const auto id = vendor::string_member(*object, kMember);
      if (is_id(id)) field.call_id = id;
    } else if (value.is_string() || value.is_number() || value.is_bool()) {
      if (field.variables.size() < kMostVariables)
        field.variables.emplace(name, vendor::text_member(*object, name));
    }
  }
  return field;
}

Result<std::string> make_custom_field(std::string_view call_id, std::string_view own) {
  if (own.empty()) return std::string(kPrefix).append(call_id);
  if (own.size() > kMostCustomField)
    return fail(Errc::invalid_argument, "the custom field is longer than the 128 bytes that carriers take");
  if (has_control_characters(own))
    return fail(Errc::invalid_argument, "the custom field holds control characters");
  if (!own.starts_with('{')) return std::string(own);
  auto object = vendor::parse_json_object(own);
  if (!object) return std::string(own);
  (*object)[kMember] = call_id;
  std::string with_id = json::serialize(*object);
  return with_id.size() <= kMostCustomField ? std::move(with_id) : std::string(own);
}

}  // namespace parley::control
