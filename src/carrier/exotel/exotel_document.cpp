#include "carrier/exotel/exotel_document.hpp"

#include <pugixml.hpp>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/valid_text.hpp"
#include "carrier/json_text.hpp"

namespace parley::carrier::exotel {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostBytes = 4 * 1024 * 1024;
constexpr int kMostDepth = 16;
constexpr std::size_t kMostItems = 1000;  // of one list

// false: nested too deep.
bool add_children(const pugi::xml_node& node, json::object& out, int depth) {
  if (depth == kMostDepth) return false;
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    json::value value;
    if (child.find_child([](const pugi::xml_node& inner) { return inner.type() == pugi::node_element; })) {
      if (!add_children(child, value.emplace_object(), depth + 1)) return false;
    } else {
      value = valid_text(child.child_value());
    }
    json::value& member = out[child.name()];
    if (member.is_null()) {
      member = std::move(value);
      continue;
    }
    if (!member.is_array()) member = json::array{std::move(member)};
    member.get_array().push_back(std::move(value));
  }
  return true;
}

Result<json::object> read_xml(std::string_view text) {
  pugi::xml_document document;
  const auto parsed =
      document.load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) return fail(Errc::protocol, "its answer is broken or cut off XML");
  json::object object;
  if (!add_children(document.document_element(), object, 0))
    return fail(Errc::protocol, "its answer is XML nested too deep");
  return object;
}

}  // namespace

Result<json::object> read_document(std::string_view body) {
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  const std::string_view text = trimmed(body);
  if (text.empty()) return fail(Errc::protocol, "its answer is empty");
  if (text.size() > kMostBytes) return fail(Errc::protocol, "its answer is too long");
  if (text.front() == '<') {
    const std::string head = to_lower(text.substr(0, 256));
    if (head.contains("<!doctype html") || head.contains("<html"))
      return fail(Errc::protocol, "its answer is a page of HTML: check the address of its REST interface");
    return read_xml(text);
  }
  if (text.front() != '{')
    return fail(Errc::protocol,
                "its answer is neither JSON nor XML: check the address of its REST interface");
  auto object = parse_json_object(text);
  if (!object) return fail(Errc::protocol, "its answer is broken or cut off JSON");
  return std::move(*object);
}

std::string text_of(const json::object& object, std::initializer_list<std::string_view> names) {
  for (const std::string_view name : names) {
    if (std::string text = text_member(object, name); !text.empty()) return text;
  }
  return {};
}

std::vector<const json::object*> objects_of(const json::object& object, std::string_view list,
                                            std::string_view item) {
  std::vector<const json::object*> objects;
  const auto add = [&](const json::value& value) {
    const auto* inner = value.if_object();
    if (inner == nullptr || objects.size() >= kMostItems) return;
    const auto* wrapped = object_member(*inner, item);
    objects.push_back(wrapped == nullptr ? inner : wrapped);
  };
  const auto* found = object.if_contains(list);
  if (found == nullptr) return objects;
  if (const auto* wrapper = found->if_object()) {
    if (const auto* several = array_member(*wrapper, item)) {
      for (const auto& value : *several)
        add(value);
      return objects;
    }
  }
  if (const auto* array = found->if_array()) {
    for (const auto& value : *array)
      add(value);
  } else {
    add(*found);
  }
  return objects;
}

}  // namespace parley::carrier::exotel
