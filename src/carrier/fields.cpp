#include "carrier/fields.hpp"

#include <cmath>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/valid_text.hpp"
#include "net/form_body.hpp"
#include "net/http_server.hpp"

namespace parley::carrier {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostFields = 1000;
constexpr std::size_t kMostNameBytes = 256;
constexpr std::size_t kMostDepth = 8;

std::string number_text(const json::value& value) {
  if (value.is_int64()) return fmt::to_string(value.get_int64());
  if (value.is_uint64()) return fmt::to_string(value.get_uint64());
  const double number = value.get_double();
  // 17.0 is 17 seconds.
  if (number == std::trunc(number) && std::abs(number) < 1e15)
    return fmt::to_string(static_cast<std::int64_t>(number));
  return fmt::to_string(number);
}

class Flattener {
 public:
  explicit Flattener(Fields& out) : out_(out) {}

  Result<void> add(const std::string& name, const json::value& value, std::size_t depth) {
    if (const auto* object = value.if_object()) {
      if (depth == kMostDepth) return too_deep();
      for (const auto& [key, member] : *object) {
        const auto added =
            add(name.empty() ? std::string(key) : fmt::format("{}[{}]", name, std::string_view(key)), member,
                depth + 1);
        if (!added) return added;
      }
      return {};
    }
    if (const auto* array = value.if_array()) {
      if (depth == kMostDepth) return too_deep();
      for (std::size_t i = 0; i < array->size(); ++i) {
        if (const auto added = add(fmt::format("{}[{}]", name, i), (*array)[i], depth + 1); !added)
          return added;
      }
      return {};
    }
    if (out_.size() >= kMostFields)
      return fail(Errc::overloaded, fmt::format("the JSON holds more than {} values", kMostFields));
    if (name.size() > kMostNameBytes)
      return fail(Errc::overloaded,
                  fmt::format("a name in the JSON is longer than {} bytes", kMostNameBytes));
    out_.emplace_back(name, text_of(value));
    return {};
  }

 private:
  static Result<void> too_deep() {
    return fail(Errc::overloaded, fmt::format("the JSON is nested deeper than {} levels", kMostDepth));
  }
  static std::string text_of(const json::value& value) {
    if (const auto* text = value.if_string()) return std::string(*text);
    if (value.is_null()) return {};
    if (const auto* truth = value.if_bool()) return *truth ? "true" : "false";
    return number_text(value);
  }

  Fields& out_;
};

std::optional<json::value> parse_json(std::string_view text) {
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = 32;  // above ours, so that ours is what is complained about
  json::value value = json::parse(text, error, {}, options);
  if (error) return std::nullopt;
  return value;
}

// As a form, if it can be one; an error only when the sender says that it is JSON.
Result<Fields> read_body(std::string_view content_type, std::string_view body) {
  const std::string_view text = trimmed(body);
  if (text.empty()) return Fields();
  const std::string type = net::media_type(content_type);
  const bool said_json = type == "application/json" || type.ends_with("+json") || type == "text/json";
  const bool looks_like_json = text.front() == '{' && text.back() == '}';
  if (said_json || (looks_like_json && !type.starts_with("multipart/"))) {
    const auto value = parse_json(text);
    if (value && value->is_object()) {
      Fields fields;
      if (const auto added = Flattener(fields).add({}, *value, 0); !added) return fail(added.error());
      return fields;
    }
    if (said_json)
      return fail(Errc::invalid_argument, value ? "the body is JSON, but no object"
                                                : "the body is no JSON, though its Content-Type says so");
  }
  return net::parse_form_body(content_type, body,
                              {.max_bytes = body.size(),
                               .max_fields = kMostFields,
                               .max_name_bytes = kMostNameBytes,
                               .max_part_head_bytes = 8 * 1024});
}

// Without control characters, C0 and C1: they end up in headers, logs and XML.
std::string clean(std::string_view text) {
  const std::string valid = valid_text(text);
  std::string out;
  out.reserve(valid.size());
  for (std::size_t i = 0; i < valid.size(); ++i) {
    const auto byte = static_cast<unsigned char>(valid[i]);
    if (byte < 0x20 || byte == 0x7F) continue;
    if (byte == 0xC2 && i + 1 < valid.size() && static_cast<unsigned char>(valid[i + 1]) < 0xA0) {
      ++i;
      continue;
    }
    out += valid[i];
  }
  return out;
}

std::string clean_name(std::string_view text) {
  std::string name = clean(text);
  for (const auto& [escape, bracket] : {std::pair("%5b", '['), std::pair("%5d", ']')}) {
    for (auto at = to_lower(name).find(escape); at != std::string::npos; at = to_lower(name).find(escape, at))
      name.replace(at, 3, 1, bracket);
  }
  return name;
}

// Some engines put a whole structure into one field of a form.
bool holds_structure(const std::pair<std::string, std::string>& field) {
  const std::string name = to_lower(field.first);
  const std::string_view value = trimmed(field.second);
  return (name == "stream" || name == "legs") && (value.starts_with('{') || value.starts_with('['));
}

Result<void> add_all(Fields source, Fields& out) {
  for (auto& field : source) {
    if (holds_structure(field)) {
      const auto value = parse_json(trimmed(field.second));
      Fields inner;
      if (value) {
        if (const auto added = Flattener(inner).add(field.first, *value, 0); !added) return added;
        for (auto& [name, text] : inner)
          out.emplace_back(clean_name(name), clean(text));
        continue;
      }
    }
    out.emplace_back(clean_name(field.first), clean(field.second));
  }
  if (out.size() > kMostFields)
    return fail(Errc::overloaded, fmt::format("the request has more than {} fields", kMostFields));
  return {};
}

}  // namespace

Result<Fields> read_fields(std::string_view method, std::string_view query, std::string_view content_type,
                           std::string_view body) {
  Fields fields;
  if (method != "GET" && method != "HEAD") {
    auto of_body = read_body(content_type, body);
    if (!of_body) return fail(of_body.error());
    if (const auto added = add_all(std::move(*of_body), fields); !added) return fail(added.error());
  }
  auto of_query = net::parse_form_body("application/x-www-form-urlencoded", query,
                                       {.max_bytes = query.size(),
                                        .max_fields = kMostFields,
                                        .max_name_bytes = kMostNameBytes,
                                        .max_part_head_bytes = 0});
  if (!of_query) return fail(of_query.error().code, "the address' query: " + of_query.error().message);
  if (const auto added = add_all(std::move(*of_query), fields); !added) return fail(added.error());
  return fields;
}

}  // namespace parley::carrier
