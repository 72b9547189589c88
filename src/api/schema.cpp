// Reading schemas: one function for each group of keywords; whatever is not listed is refused.
#include "api/schema.hpp"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace parley::api {
namespace {

namespace json = boost::json;

// A reference cannot be followed deeper than this without meeting itself; every reference is compiled once.
constexpr int kMaxDepth = 64;

constexpr std::array<std::pair<std::string_view, unsigned>, 7> kTypes{{{"null", Schema::kNull},
                                                                       {"boolean", Schema::kBoolean},
                                                                       {"integer", Schema::kInteger},
                                                                       {"number", Schema::kNumber},
                                                                       {"string", Schema::kText},
                                                                       {"array", Schema::kList},
                                                                       {"object", Schema::kObject}}};

// They tell people something and change nothing.
constexpr std::array<std::string_view, 11> kAnnotations{
    "title",    "description", "default",          "example",         "examples",     "deprecated",
    "readOnly", "writeOnly",   "contentMediaType", "contentEncoding", "discriminator"};

constexpr std::array<std::pair<std::string_view, TextFormat>, 9> kFormats{
    {{"uuid", TextFormat::uuid},
     {"date", TextFormat::date},
     {"date-time", TextFormat::date_time},
     {"email", TextFormat::email},
     {"uri", TextFormat::uri},
     {"binary", TextFormat::any},
     {"password", TextFormat::any},
     {"int64", TextFormat::any},
     {"double", TextFormat::any}}};

std::unexpected<Error> refuse(std::string_view key, std::string_view why) {
  return fail(Errc::invalid_argument, fmt::format("{}: {}", key, why));
}

Result<std::size_t> size_of(std::string_view key, const json::value& value) {
  if (!value.is_int64() || value.get_int64() < 0) return refuse(key, "must be a whole number");
  return static_cast<std::size_t>(value.get_int64());
}

Result<void> read_size(std::string_view key, const json::value& value, Schema& out) {
  auto size = size_of(key, value);
  if (!size) return fail(size.error());
  (key.starts_with("min") ? out.least_size : out.most_size) = *size;
  return {};
}

Result<void> read_bound(std::string_view key, const json::value& value, Schema& out) {
  boost::system::error_code ec;
  const auto bound = value.to_number<double>(ec);
  if (ec) return refuse(key, "must be a number");
  const bool excluded = key.starts_with("exclusive");
  if (key == "minimum" || key == "exclusiveMinimum") {
    out.least = bound;
    out.least_excluded = excluded;
  } else {
    out.most = bound;
    out.most_excluded = excluded;
  }
  return {};
}

Result<void> read_pattern(const json::value& value, Schema& out) {
  if (!value.is_string()) return refuse("pattern", "must be text");
  auto pattern = TextPattern::compile(value.get_string());
  if (!pattern) return fail(pattern.error());
  out.pattern = std::move(*pattern);
  out.pattern_text = value.get_string();
  return {};
}

Result<void> read_format(const json::value& value, Schema& out) {
  const auto found = std::ranges::find_if(
      kFormats, [&](const auto& known) { return value.is_string() && value.get_string() == known.first; });
  if (found == kFormats.end()) return refuse("format", "is none that is checked here");
  out.format = found->second;
  return {};
}

Result<void> read_required(const json::value& value, Schema& out) {
  if (!value.is_array()) return refuse("required", "must be a list of names");
  for (const auto& name : value.get_array()) {
    if (!name.is_string()) return refuse("required", "must be a list of names");
    out.required.emplace_back(name.get_string());
  }
  return {};
}

}  // namespace

Schemas::~Schemas() = default;

const json::value* follow(const json::object& document, std::string_view reference) {
  if (!reference.starts_with("#/")) return nullptr;
  const json::object* at = &document;
  std::string_view rest = reference.substr(2);
  for (;;) {
    const auto end = rest.find('/');
    const json::value* found = at->if_contains(rest.substr(0, end));
    if (end == std::string_view::npos || found == nullptr) return found;
    if (!found->is_object()) return nullptr;
    at = &found->get_object();
    rest.remove_prefix(end + 1);
  }
}

Result<const Schema*> Schemas::compile(const json::value& written) {
  if (written.is_bool() && written.get_bool()) {
    made_.push_back(std::make_unique<Schema>());
    return made_.back().get();
  }
  if (!written.is_object()) return fail(Errc::invalid_argument, "a schema must be an object");
  const json::object& object = written.get_object();
  std::string_view reference;
  if (const json::value* value = object.if_contains("$ref"); value != nullptr) {
    if (!value->is_string()) return refuse("$ref", "must be text");
    reference = value->get_string();
    if (const auto found = by_reference_.find(reference); found != by_reference_.end()) return found->second;
    const json::value* target = follow(document_, reference);
    if (target == nullptr || !target->is_object()) return refuse(reference, "there is no such schema");
    if (target->get_object().contains("$ref")) return compile(*target);
    made_.push_back(std::make_unique<Schema>());
    Schema& made = *made_.back();
    by_reference_.emplace(reference, &made);  // first: it may refer to itself
    if (auto done = read(target->get_object(), made); !done) return refuse(reference, done.error().message);
    return &made;
  }
  made_.push_back(std::make_unique<Schema>());
  Schema& made = *made_.back();
  if (auto done = read(object, made); !done) return fail(done.error());
  return &made;
}

Result<void> Schemas::read(const json::object& written, Schema& out) {
  if (++depth_ > kMaxDepth) return fail(Errc::invalid_argument, "too many levels inside each other");
  for (const auto& [key, value] : written) {
    if (auto done = read_keyword(key, value, out); !done) return done;
  }
  for (const std::string& name : out.required) {
    if (!out.members.empty() && !out.members.contains(name) && out.all_of.empty())
      return refuse("required", fmt::format("'{}' is no member", name));
  }
  --depth_;
  return {};
}

Result<void> Schemas::read_keyword(std::string_view key, const json::value& value, Schema& out) {
  if (key == "type") return read_types(value, out);
  if (key == "pattern") return read_pattern(value, out);
  if (key == "format") return read_format(value, out);
  if (key == "required") return read_required(value, out);
  if (key == "allOf") return read_list(value, out.all_of);
  if (key == "anyOf" || key == "oneOf") return read_list(value, out.any_of);
  if (key == "minLength" || key == "maxLength" || key == "minItems" || key == "maxItems" ||
      key == "minProperties" || key == "maxProperties")
    return read_size(key, value, out);
  if (key == "minimum" || key == "maximum" || key == "exclusiveMinimum" || key == "exclusiveMaximum")
    return read_bound(key, value, out);
  if (key == "uniqueItems") {
    out.unique_items = value.is_bool() && value.get_bool();
    return {};
  }
  if (key == "const") {
    out.allowed.push_back(value);
    return {};
  }
  if (key == "enum") {
    if (!value.is_array() || value.get_array().empty()) return refuse(key, "must be a list");
    out.allowed.assign(value.get_array().begin(), value.get_array().end());
    return {};
  }
  if (key == "items") {
    auto items = compile(value);
    if (!items) return refuse(key, items.error().message);
    out.items = *items;
    return {};
  }
  if (key == "properties") {
    if (!value.is_object()) return refuse(key, "must be an object");
    for (const auto& [name, schema] : value.get_object()) {
      auto member = compile(schema);
      if (!member) return refuse(name, member.error().message);
      out.members.emplace(name, *member);
    }
    return {};
  }
  if (key == "additionalProperties" || key == "unevaluatedProperties") {
    if (value.is_bool()) {
      out.closed = !value.get_bool();
      return {};
    }
    auto other = compile(value);
    if (!other) return refuse(key, other.error().message);
    out.other = *other;
    return {};
  }
  if (std::ranges::find(kAnnotations, key) != kAnnotations.end()) {
    if (key == "default") out.otherwise = value;
    return {};
  }
  return refuse(key, "this keyword is not known here");
}

Result<void> Schemas::read_types(const json::value& value, Schema& out) {
  out.types = 0;
  json::array names;
  if (value.is_array()) {
    names = value.get_array();
  } else {
    names.push_back(value);
  }
  for (const auto& name : names) {
    const auto found = std::ranges::find_if(
        kTypes, [&](const auto& known) { return name.is_string() && name.get_string() == known.first; });
    if (found == kTypes.end()) return refuse("type", "there is no such type");
    out.types |= found->second;
  }
  return {};
}

Result<void> Schemas::read_list(const json::value& value, std::vector<const Schema*>& out) {
  if (!value.is_array() || value.get_array().empty())
    return fail(Errc::invalid_argument, "allOf, anyOf and oneOf must be lists");
  for (const auto& one : value.get_array()) {
    auto schema = compile(one);
    if (!schema) return fail(schema.error());
    out.push_back(*schema);
  }
  return {};
}

}  // namespace parley::api
