// The conventions of openapi/*.yaml, as tests would check them; they run when the document is read, so that a
// program with a rotten description does not start.
#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <boost/json/value.hpp>
#include <fmt/core.h>

#include "api/openapi_document.hpp"
#include "api/schema.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 5> kMethods{"get", "post", "put", "patch", "delete"};
constexpr std::array<std::string_view, 3> kLevels{"read", "write", "admin"};
// What the dispatcher itself reads.
constexpr std::array<std::string_view, 5> kHeaders{"If-Match", "Idempotency-Key", "Range", "If-None-Match",
                                                   "Last-Event-ID"};

template <class Range, class Value>
bool holds(const Range& range, const Value& value) {
  return std::ranges::find(range, value) != std::ranges::end(range);
}

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool is_json_type(std::string_view content_type) {
  return content_type == "application/json" || content_type.ends_with("+json");
}

class Rules {
 public:
  explicit Rules(const json::object& document) : document_(document), schemas_(document) {
    const json::value* tags = document.if_contains("tags");
    if (tags == nullptr || !tags->is_array()) return;
    for (const auto& tag : tags->get_array()) {
      if (tag.is_object()) tags_.insert(std::string(text_of(tag.get_object(), "name")));
    }
  }

  std::vector<std::string> run() {
    const json::value* paths = document_.if_contains("paths");
    if (paths == nullptr || !paths->is_object() || paths->get_object().empty()) {
      mistakes_.emplace_back("there are no paths");
      return std::move(mistakes_);
    }
    for (const auto& [path, item] : paths->get_object()) {
      place_ = path;
      if (!item.is_object() || !path.starts_with('/')) {
        complain("must be a path with a map of operations");
        continue;
      }
      for (const auto& [method, operation] : item.get_object()) {
        place_ = path;
        if (method == "parameters") continue;
        if (!holds(kMethods, std::string_view(method)) || !operation.is_object()) {
          complain(fmt::format("'{}' is no operation", std::string_view(method)));
          continue;
        }
        check_operation(path, item.get_object(), operation.get_object());
      }
    }
    return std::move(mistakes_);
  }

 private:
  void complain(std::string_view what) { mistakes_.push_back(fmt::format("{}: {}", place_, what)); }

  const json::value* resolved(const json::value* value) const {
    if (value == nullptr || !value->is_object()) return value;
    const std::string_view reference = text_of(value->get_object(), "$ref");
    return reference.empty() ? value : follow(document_, reference);
  }

  void check_operation(std::string_view path, const json::object& item, const json::object& operation) {
    const std::string_view id = text_of(operation, "operationId");
    if (id.empty()) complain("has no operationId");
    place_ = fmt::format("{} ({})", id, path);
    if (!ids_.insert(std::string(id)).second) complain("another operation has the same operationId");
    if (text_of(operation, "summary").empty()) complain("has no summary");
    check_tags(operation);
    check_access(operation);
    check_parameters(path, item, operation);
    if (const json::value* body = resolved(operation.if_contains("requestBody"));
        body != nullptr && body->is_object())
      check_contents(body->get_object(), "the body", true);
    check_responses(operation);
  }

  void check_tags(const json::object& operation) {
    const json::value* tags = operation.if_contains("tags");
    if (tags == nullptr || !tags->is_array() || tags->get_array().empty()) return complain("has no tags");
    for (const auto& tag : tags->get_array()) {
      if (!tag.is_string() || !tags_.contains(std::string_view(tag.get_string())))
        complain("has a tag that base.yaml does not describe");
    }
  }

  void check_access(const json::object& operation) {
    const std::string_view access = text_of(operation, "x-access");
    const json::value* open = operation.if_contains("x-public");
    if ((open != nullptr && *open == json::value(true)) == !access.empty())
      return complain("must have either x-access or x-public: true");
    if (access.empty()) return;
    const auto colon = access.find(':');
    if (colon == 0 || colon == std::string_view::npos || !holds(kLevels, access.substr(colon + 1)))
      complain("x-access must be RESOURCE:read, write or admin");
  }

  void check_parameters(std::string_view path, const json::object& item, const json::object& operation) {
    std::set<std::string> in_path;
    for (const json::object* from : {&item, &operation}) {
      const json::value* list = from->if_contains("parameters");
      if (list == nullptr || !list->is_array()) continue;
      for (const auto& one : list->get_array()) {
        const json::value* parameter = resolved(&one);
        if (parameter == nullptr || !parameter->is_object()) {
          complain("has a parameter that is no map");
          continue;
        }
        check_parameter(path, parameter->get_object(), in_path);
      }
    }
    for (auto at = path.find('{'); at != std::string_view::npos; at = path.find('{', at + 1)) {
      const std::string_view name = path.substr(at + 1, path.find('}', at) - at - 1);
      if (!in_path.contains(std::string(name)))
        complain(fmt::format("the path's {{{}}} is no parameter", name));
    }
  }

  void check_parameter(std::string_view path, const json::object& parameter, std::set<std::string>& in_path) {
    const std::string_view name = text_of(parameter, "name");
    const std::string_view in = text_of(parameter, "in");
    if (name.empty() || text_of(parameter, "description").empty())
      complain(fmt::format("the parameter '{}' needs a name and a description", name));
    if (in == "path") {
      in_path.insert(std::string(name));
      if (path.find(fmt::format("{{{}}}", name)) == std::string_view::npos)
        complain(fmt::format("the parameter '{}' is not in the path", name));
    } else if (in == "header") {
      if (!holds(kHeaders, name)) complain(fmt::format("the header '{}' is not read", name));
    } else if (in != "query") {
      complain(fmt::format("the parameter '{}' must be in the path, the query or a header", name));
    }
    const json::value* schema = parameter.if_contains("schema");
    if (schema == nullptr) return complain(fmt::format("the parameter '{}' has no schema", name));
    const auto compiled = compile(*schema, fmt::format("the parameter '{}'", name));
    if (compiled != nullptr && (compiled->types & (Schema::kList | Schema::kObject)) != 0)
      complain(fmt::format(
          "the parameter '{}' must be text, a number or a boolean: take text with commas for lists", name));
  }

  void check_responses(const json::object& operation) {
    const json::value* responses = operation.if_contains("responses");
    if (responses == nullptr || !responses->is_object()) return complain("has no responses");
    bool good = false;
    for (const auto& [status, one] : responses->get_object()) {
      const json::value* response = resolved(&one);
      if (response == nullptr || !response->is_object() ||
          text_of(response->get_object(), "description").empty()) {
        complain(fmt::format("the answer {} has no description", std::string_view(status)));
        continue;
      }
      good = good || status[0] == '1' || status[0] == '2' || status[0] == '3';
      check_contents(response->get_object(), fmt::format("the answer {}", std::string_view(status)), false);
    }
    if (!good) complain("has no answer for when all is well");
    if (!responses->get_object().contains("default")) complain("has no default answer");
  }

  void check_contents(const json::object& holder, const std::string& what, bool is_request) {
    const json::value* content = holder.if_contains("content");
    if (content == nullptr) {
      if (is_request) complain(what + " has no content");
      return;
    }
    if (!content->is_object()) return complain(what + ": content must be a map");
    for (const auto& [type, media] : content->get_object()) {
      const json::value* schema = media.is_object() ? media.get_object().if_contains("schema") : nullptr;
      const json::value* example = media.is_object() ? media.get_object().if_contains("example") : nullptr;
      if (schema == nullptr || example == nullptr) {
        complain(fmt::format("{} needs a schema and an example ({})", what, std::string_view(type)));
        continue;
      }
      const Schema* compiled = compile(*schema, what);
      if (compiled == nullptr) continue;
      if (is_request && (compiled->types & Schema::kObject) != 0 && !is_closed(*compiled, 0))
        complain(what + ": each of its objects with properties needs additionalProperties: false");
      if (is_json_type(type)) check_example(*compiled, *example, what);
    }
  }

  void check_example(const Schema& schema, const json::value& example, const std::string& what) {
    std::vector<InvalidPart> found;
    check_value(schema, example, "", found);
    for (const InvalidPart& part : found)
      complain(fmt::format("the example of {}: {} {}", what, part.pointer, part.detail));
  }

  // Objects without any properties are free on purpose.
  static bool is_closed(const Schema& schema, int depth) {
    if (depth > 16) return true;
    if (!schema.members.empty() && !schema.closed && schema.other == nullptr) return false;
    for (const auto& [name, member] : schema.members) {
      if (!is_closed(*member, depth + 1)) return false;
    }
    const auto closed = [&](const Schema* part) { return is_closed(*part, depth + 1); };
    return (schema.items == nullptr || closed(schema.items)) && std::ranges::all_of(schema.any_of, closed);
  }

  const Schema* compile(const json::value& written, std::string_view what) {
    auto schema = schemas_.compile(written);
    if (schema) return *schema;
    complain(fmt::format("{}: {}", what, schema.error().message));
    return nullptr;
  }

  const json::object& document_;
  Schemas schemas_;
  std::string place_;
  std::set<std::string, std::less<>> tags_;
  std::set<std::string> ids_;
  std::vector<std::string> mistakes_;
};

}  // namespace

std::vector<std::string> check_conventions(const json::object& document) {
  return Rules(document).run();
}

}  // namespace parley::api
