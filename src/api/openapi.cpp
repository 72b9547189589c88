#include "api/openapi.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "api/request_json.hpp"
#include "api/schema.hpp"
#include "api/text_format.hpp"
#include "base/text_value.hpp"
#include "net/http_server.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxQueryParts = 50;

struct Parameter {
  std::string name;
  bool required = false;
  const Schema* schema = nullptr;
};

struct Body {
  std::string content_type;
  const Schema* schema = nullptr;
};

// The part of an operation that validation needs.
struct Shape {
  std::vector<Parameter> path;
  std::vector<Parameter> query;
  std::vector<Body> bodies;
  std::map<std::string, std::vector<Body>, std::less<>> answers;  // by status or "default"
};

std::string_view text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string_view(value->get_string()) : std::string_view();
}

bool flag_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() && value->get_bool();
}

const json::object* object_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value == nullptr ? nullptr : value->if_object();
}

// Without parameters like charset, in lower case.
std::string media_type(std::string_view content_type) {
  std::string type(content_type.substr(0, content_type.find(';')));
  while (!type.empty() && type.back() == ' ')
    type.pop_back();
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return type;
}

std::string to_text(const json::value& value) {
  return value.is_string() ? std::string(value.get_string()) : json::serialize(value);
}

// A query's text as the kind of value its schema wants; what it is not stays text and fails the check.
json::value typed(const Schema& schema, std::string_view text) {
  if ((schema.types & Schema::kText) != 0) return json::value(text);
  if ((schema.types & Schema::kBoolean) != 0 && (text == "true" || text == "false")) return text == "true";
  if ((schema.types & (Schema::kInteger | Schema::kNumber)) != 0) {
    if (const auto whole = parse_integer(text)) return *whole;
    if (const auto number = parse_number(text)) return *number;
  }
  return json::value(text);
}

control::AccessLevel level_of(std::string_view text) {
  if (text == "admin") return control::AccessLevel::admin;
  return text == "write" ? control::AccessLevel::write : control::AccessLevel::read;
}

std::string upper(std::string_view method) {
  std::string text(method);
  for (char& c : text)
    c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

struct OpenApi::Impl {
  explicit Impl(json::object merged)
      : document(std::move(merged)), text(json::serialize(document)), schemas(document) {}

  Result<void> read();
  Result<void> add(std::string_view path, std::string_view method, const json::object& item,
                   const json::object& operation);
  Result<void> add_parameters(const json::object& from, Shape& shape);
  Result<std::vector<Body>> contents_of(const json::object& holder);
  const json::object* resolved(const json::object* object) const;
  const Shape& shape_of(const Operation& operation) const {
    return shapes[static_cast<std::size_t>(&operation - operations.data())];
  }

  json::object document;
  std::string text;  // the document as JSON
  Schemas schemas;
  std::vector<Operation> operations;
  std::vector<Shape> shapes;  // at the same places
};

const json::object* OpenApi::Impl::resolved(const json::object* object) const {
  const std::string_view reference = text_of(*object, "$ref");
  if (reference.empty()) return object;
  const json::value* target = follow(document, reference);
  return target != nullptr && target->is_object() ? &target->get_object() : object;
}

Result<void> OpenApi::Impl::read() {
  for (const auto& [path, item] : document.at("paths").get_object()) {
    for (const auto& [method, operation] : item.get_object()) {
      if (method == "parameters") continue;
      if (auto added = add(path, method, item.get_object(), operation.get_object()); !added) return added;
    }
  }
  return {};
}

Result<void> OpenApi::Impl::add(std::string_view path, std::string_view method, const json::object& item,
                                const json::object& written) {
  Operation operation;
  operation.id = text_of(written, "operationId");
  operation.method = upper(method);
  operation.path = path;
  operation.is_public = flag_of(written, "x-public");
  const std::string_view access = text_of(written, "x-access");
  operation.resource = access.substr(0, access.find(':'));
  if (!access.empty()) operation.level = level_of(access.substr(access.find(':') + 1));
  if (const json::value* limit = written.if_contains("x-body-limit"); limit != nullptr) {
    if (!limit->is_int64() || limit->get_int64() <= 0)
      return fail(Errc::internal, fmt::format("{}: x-body-limit must be bytes", operation.id));
    operation.body_limit = static_cast<std::size_t>(limit->get_int64());
  }
  const json::value* audit = written.if_contains("x-audit");
  operation.audited = operation.method != "GET" && operation.level != control::AccessLevel::read;
  if (operation.is_public) operation.audited = operation.method != "GET";
  if (audit != nullptr && audit->is_bool()) operation.audited = audit->get_bool();
  const json::array& tags = written.at("tags").get_array();
  operation.compatible = std::ranges::find(tags, json::value("compatible")) != tags.end();

  Shape shape;
  for (const json::object* from : {&item, &written}) {
    if (auto added = add_parameters(*from, shape); !added) return added;
  }
  if (const json::object* written_body = object_of(written, "requestBody"); written_body != nullptr) {
    const json::object* body = resolved(written_body);
    auto contents = contents_of(*body);
    if (!contents) return fail(contents.error());
    shape.bodies = std::move(*contents);
    operation.has_body = true;
    operation.body_required = flag_of(*body, "required");
  }
  for (const auto& [status, answer] : written.at("responses").get_object()) {
    auto contents = contents_of(*resolved(&answer.get_object()));
    if (!contents) return fail(contents.error());
    shape.answers.emplace(status, std::move(*contents));
  }
  operations.push_back(std::move(operation));
  shapes.push_back(std::move(shape));
  return {};
}

Result<void> OpenApi::Impl::add_parameters(const json::object& from, Shape& shape) {
  const json::value* list = from.if_contains("parameters");
  if (list == nullptr) return {};
  for (const auto& one : list->get_array()) {
    const json::object& parameter = *resolved(&one.get_object());
    auto schema = schemas.compile(parameter.at("schema"));
    if (!schema) return fail(schema.error());
    Parameter made{std::string(text_of(parameter, "name")), flag_of(parameter, "required"), *schema};
    const std::string_view in = text_of(parameter, "in");
    if (in == "path")
      shape.path.push_back(std::move(made));
    else if (in == "query")
      shape.query.push_back(std::move(made));
  }
  return {};
}

Result<std::vector<Body>> OpenApi::Impl::contents_of(const json::object& holder) {
  std::vector<Body> bodies;
  const json::object* content = object_of(holder, "content");
  if (content == nullptr) return bodies;
  for (const auto& [type, media] : *content) {
    auto schema = schemas.compile(media.at("schema"));
    if (!schema) return fail(schema.error());
    bodies.push_back({std::string(type), *schema});
  }
  return bodies;
}

OpenApi::OpenApi() = default;
OpenApi::~OpenApi() = default;

Result<std::shared_ptr<const OpenApi>> OpenApi::load() {
  return of(embedded_openapi());
}

Result<std::shared_ptr<const OpenApi>> OpenApi::of(std::span<const OpenApiFile> files) {
  auto document = merge_openapi(files);
  if (!document) return fail(document.error());
  if (const auto mistakes = check_conventions(*document); !mistakes.empty())
    return fail(Errc::internal, fmt::format("the API's description: {}", fmt::join(mistakes, "\n")));
  std::shared_ptr<OpenApi> made(new OpenApi);
  made->impl_ = std::make_unique<Impl>(std::move(*document));
  if (auto read = made->impl_->read(); !read) return fail(read.error());
  return made;
}

const std::vector<Operation>& OpenApi::operations() const {
  return impl_->operations;
}

const Operation* OpenApi::find(std::string_view operation_id) const {
  const auto found = std::ranges::find(impl_->operations, operation_id, &Operation::id);
  return found == impl_->operations.end() ? nullptr : &*found;
}

std::string OpenApi::json(std::string_view server_url) const {
  // Its own member is put at the end of what was made once: the document is large.
  std::string text = impl_->text;
  text.pop_back();
  text += ",\"servers\":" + json::serialize(json::array{json::object{{"url", server_url}}}) + "}";
  return text;
}

std::expected<OpenApi::Values, Problem> OpenApi::check_query(const Operation& operation,
                                                             std::string_view raw_query) const {
  const Shape& shape = impl_->shape_of(operation);
  std::vector<InvalidPart> mistakes;
  Values values;
  const auto parts = net::parse_query(raw_query);
  if (parts.size() > kMaxQueryParts)
    return std::unexpected(validation_failed(
        {{"/query", fmt::format("has {} parts: at most {} are taken", parts.size(), kMaxQueryParts)}}));
  for (const auto& [name, text] : parts) {
    if (mistakes.size() >= kMaxMistakes) break;
    if (!is_valid_text(name) || !is_valid_text(text)) {
      mistakes.push_back({is_valid_text(name) ? pointer_to("/query", name) : "/query",
                          "is not valid UTF-8, or holds the character NUL"});
      continue;
    }
    const std::string pointer = pointer_to("/query", name);
    const auto known = std::ranges::find(shape.query, name, &Parameter::name);
    if (known == shape.query.end()) {
      std::vector<std::string> names;
      names.reserve(shape.query.size());
      for (const Parameter& parameter : shape.query)
        names.push_back(parameter.name);
      mistakes.push_back({pointer, unknown_name(name, std::move(names))});
    } else if (!values.emplace(name, text).second) {
      mistakes.push_back({pointer, "stands twice: give it once"});
    } else {
      check_value(*known->schema, typed(*known->schema, text), pointer, mistakes);
    }
  }
  for (const Parameter& parameter : shape.query) {
    if (values.contains(parameter.name)) continue;
    if (parameter.required && mistakes.size() < kMaxMistakes)
      mistakes.push_back({pointer_to("/query", parameter.name),
                          fmt::format("is missing: it {}", requirement(*parameter.schema))});
    if (!parameter.schema->otherwise.is_null())
      values.emplace(parameter.name, to_text(parameter.schema->otherwise));
  }
  if (!mistakes.empty()) return std::unexpected(validation_failed(std::move(mistakes)));
  return values;
}

std::optional<Problem> OpenApi::check_path(const Operation& operation, const Values& parameters) const {
  std::vector<InvalidPart> mistakes;
  for (const Parameter& parameter : impl_->shape_of(operation).path) {
    const auto found = parameters.find(parameter.name);
    const std::string pointer = pointer_to("/path", parameter.name);
    if (found == parameters.end()) {
      mistakes.push_back({pointer, "is missing"});
    } else if (!is_valid_text(found->second)) {
      mistakes.push_back({pointer, "is not valid UTF-8, or holds the character NUL"});
    } else {
      check_value(*parameter.schema, typed(*parameter.schema, found->second), pointer, mistakes);
    }
  }
  if (mistakes.empty()) return std::nullopt;
  return validation_failed(std::move(mistakes));
}

std::expected<json::value, Problem> OpenApi::check_body(const Operation& operation,
                                                        std::string_view content_type,
                                                        std::string_view body) const {
  if (body.empty() && !operation.body_required) return json::value(nullptr);
  if (body.size() > operation.body_limit) return std::unexpected(too_large(operation.body_limit));
  if (!operation.has_body)
    return std::unexpected(validation_failed({{"/body", "is not wanted here: send none"}}));
  if (body.empty()) return std::unexpected(validation_failed({{"/body", "is missing"}}));

  const std::vector<Body>& bodies = impl_->shape_of(operation).bodies;
  const auto form = std::ranges::find(bodies, media_type(content_type), &Body::content_type);
  if (form == bodies.end()) {
    std::vector<std::string> wanted;
    wanted.reserve(bodies.size());
    for (const Body& one : bodies)
      wanted.push_back(one.content_type);
    return std::unexpected(unsupported_type(fmt::format("{}", fmt::join(wanted, " or "))));
  }
  json::value value;
  if (form->content_type == "application/json") {
    auto parsed = parse_request_json(body);
    if (!parsed) return std::unexpected(validation_failed({{"/body", parsed.error().message}}));
    value = std::move(*parsed);
  } else if (!is_valid_text(body)) {
    return std::unexpected(validation_failed({{"/body", "is not valid UTF-8, or holds the character NUL"}}));
  } else if (form->content_type == "application/x-www-form-urlencoded") {
    json::object& members = value.emplace_object();
    for (const auto& [name, text] : net::parse_query(body)) {
      if (!is_valid_text(name) || !is_valid_text(text))
        return std::unexpected(
            validation_failed({{"/body", "is not valid UTF-8, or holds the character NUL"}}));
      const auto known = form->schema->members.find(name);
      members[name] = known == form->schema->members.end() ? json::value(text) : typed(*known->second, text);
    }
  } else {
    value = body;
  }
  std::vector<InvalidPart> mistakes;
  check_value(*form->schema, value, "/body", mistakes);
  if (!mistakes.empty()) return std::unexpected(validation_failed(std::move(mistakes)));
  return value;
}

std::vector<InvalidPart> OpenApi::check_answer(const Operation& operation, int status,
                                               std::string_view content_type, std::string_view body) const {
  const Shape& shape = impl_->shape_of(operation);
  auto answer = shape.answers.find(std::to_string(status));
  if (answer == shape.answers.end() && status >= 400) answer = shape.answers.find("default");
  if (answer == shape.answers.end()) return {{"", fmt::format("the status {} is not described", status)}};
  if (answer->second.empty()) {
    if (body.empty()) return {};
    return {{"", fmt::format("a body is not described for the status {}", status)}};
  }
  const std::string type = media_type(content_type);
  const auto form = std::ranges::find(answer->second, type, &Body::content_type);
  if (form == answer->second.end()) return {{"", fmt::format("the type {} is not described", type)}};
  if (type != "application/json" && !type.ends_with("+json")) return {};
  boost::system::error_code ec;
  const json::value value = json::parse(body, ec);
  if (ec) return {{"", "is not JSON"}};
  std::vector<InvalidPart> mistakes;
  check_value(*form->schema, value, "", mistakes);
  return mistakes;
}

}  // namespace parley::api
