#include "api/openapi_document.hpp"

#include <set>

#include <boost/json/value.hpp>
#include <fmt/core.h>

#include "api/schema.hpp"
#include "base/text_value.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

// An example that holds itself would never end.
constexpr int kMaxExampleDepth = 32;

json::value scalar(const yaml::Node& node) {
  if (node.quoted) return json::value(node.text);
  if (node.text == "true" || node.text == "false") return node.text == "true";
  if (const auto whole = parse_integer(node.text)) return *whole;
  if (const auto number = parse_number(node.text)) return *number;
  return json::value(node.text);
}

Result<void> add_members(const json::object& from, json::object& to, std::string_view place) {
  for (const auto& [name, value] : from) {
    if (!to.emplace(name, value).second)
      return fail(Errc::internal,
                  fmt::format("{} '{}' is in another file already", place, std::string_view(name)));
  }
  return {};
}

Result<void> add_components(const json::object& from, json::object& to) {
  for (const auto& [kind, parts] : from) {
    if (!parts.is_object())
      return fail(Errc::internal, fmt::format("components.{} must be a map", std::string_view(kind)));
    json::value& there = to[kind];
    if (!there.is_object()) there.emplace_object();
    if (auto added = add_members(parts.get_object(), there.get_object(), kind); !added) return added;
  }
  return {};
}

json::object& section(json::object& document, std::string_view name) {
  json::value& value = document[name];
  if (!value.is_object()) value.emplace_object();
  return value.get_object();
}

Result<void> add_file(const json::object& file, bool is_base, json::object& document) {
  for (const auto& [key, value] : file) {
    if (key == "paths" || key == "components") {
      if (value.is_null()) continue;
      if (!value.is_object())
        return fail(Errc::internal, fmt::format("{} must be a map", std::string_view(key)));
      auto added = key == "paths" ? add_members(value.get_object(), section(document, "paths"), "the path")
                                  : add_components(value.get_object(), section(document, "components"));
      if (!added) return added;
    } else if (is_base) {
      document[key] = value;
    } else {
      return fail(Errc::internal, fmt::format("'{}' belongs into base.yaml", std::string_view(key)));
    }
  }
  return {};
}

// In examples: puts in what is referred to.
Result<void> expand(const json::object& document, json::value& value, int depth) {
  if (depth > kMaxExampleDepth) return fail(Errc::internal, "an example is too deep");
  if (value.is_array()) {
    for (json::value& item : value.get_array()) {
      if (auto done = expand(document, item, depth + 1); !done) return done;
    }
  }
  if (!value.is_object()) return {};
  json::object& object = value.get_object();
  const json::value* reference = object.if_contains("$ref");
  if (reference != nullptr && reference->is_string() && object.size() == 1) {
    const json::value* target = follow(document, reference->get_string());
    if (target == nullptr)
      return fail(Errc::internal, fmt::format("there is no {}", std::string_view(reference->get_string())));
    json::value copy = *target;
    value = std::move(copy);
    return expand(document, value, depth + 1);
  }
  for (auto& member : object) {
    if (auto done = expand(document, member.value(), depth + 1); !done) return done;
  }
  return {};
}

// Everywhere else: what is referred to must be there. `in_names`: the members are names that people chose,
// not keywords ("properties", "schemas", "examples").
Result<void> check_references(const json::object& document, json::value& value, bool in_names) {
  if (value.is_array()) {
    for (json::value& item : value.get_array()) {
      if (auto done = check_references(document, item, false); !done) return done;
    }
  }
  if (!value.is_object()) return {};
  for (auto& member : value.get_object()) {
    const std::string_view key = member.key();
    if (!in_names && (key == "example" || (key == "value" && !value.get_object().contains("type")))) {
      if (auto done = expand(document, member.value(), 0); !done) return done;
      continue;
    }
    if (!in_names && key == "$ref" && member.value().is_string() &&
        follow(document, member.value().get_string()) == nullptr)
      return fail(Errc::internal,
                  fmt::format("there is no {}", std::string_view(member.value().get_string())));
    const bool names = !in_names && (key == "properties" || key == "paths" || key == "schemas" ||
                                     key == "responses" || key == "parameters" || key == "examples");
    if (auto done = check_references(document, member.value(), names); !done)
      return fail(Errc::internal, fmt::format("{}: {}", key, done.error().message));
  }
  return {};
}

}  // namespace

Result<json::value> to_json(const yaml::Node& node) {
  switch (node.kind) {
    case yaml::Node::Kind::null:
      return json::value(nullptr);
    case yaml::Node::Kind::scalar:
      return scalar(node);
    case yaml::Node::Kind::list: {
      json::array list;
      list.reserve(node.items.size());
      for (const yaml::Node& item : node.items) {
        auto value = to_json(item);
        if (!value) return value;
        list.push_back(std::move(*value));
      }
      return list;
    }
    case yaml::Node::Kind::map: {
      json::object map;
      map.reserve(node.items.size());
      for (std::size_t i = 0; i < node.items.size(); ++i) {
        auto value = to_json(node.items[i]);
        if (!value) return value;
        if (!map.emplace(node.keys[i], std::move(*value)).second)
          return fail(Errc::invalid_argument,
                      fmt::format("line {}: '{}' stands twice", node.key_places[i].line, node.keys[i]));
      }
      return map;
    }
  }
  return json::value(nullptr);
}

Result<json::object> merge_openapi(std::span<const OpenApiFile> files) {
  json::object document;
  // The base first, whatever its place among the files.
  for (const bool base : {true, false}) {
    for (const OpenApiFile& file : files) {
      if ((file.name == "base.yaml") != base) continue;
      auto tree = yaml::parse_tree(file.text, file.name);
      if (!tree) return fail(Errc::internal, tree.error().message);
      auto value = to_json(*tree);
      if (!value) return fail(Errc::internal, fmt::format("{}: {}", file.name, value.error().message));
      if (!value->is_object()) return fail(Errc::internal, fmt::format("{}: must be a map", file.name));
      if (auto added = add_file(value->get_object(), base, document); !added)
        return fail(Errc::internal, fmt::format("{}: {}", file.name, added.error().message));
    }
  }
  json::value whole(std::move(document));
  // References are looked up in what the walk changes only inside examples.
  const json::object for_lookup = whole.get_object();
  if (auto checked = check_references(for_lookup, whole, false); !checked) return fail(checked.error());
  return std::move(whole.get_object());
}

}  // namespace parley::api
