#include "api/handler_support.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "api/json_out.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxVariables = 50;
constexpr std::size_t kMaxName = 64;
constexpr std::size_t kMaxValue = 1000;
constexpr std::size_t kMaxAllVariables = 16UL * 1024;

const json::value* member(const json::value& body, std::string_view name) {
  const json::object* object = body.if_object();
  return object == nullptr ? nullptr : object->if_contains(name);
}

}  // namespace

std::optional<std::string> text_member(const json::value& body, std::string_view name) {
  const json::value* value = member(body, name);
  if (value == nullptr || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<bool> bool_member(const json::value& body, std::string_view name) {
  const json::value* value = member(body, name);
  if (value == nullptr || !value->is_bool()) return std::nullopt;
  return value->get_bool();
}

std::optional<std::int64_t> integer_member(const json::value& body, std::string_view name) {
  const json::value* value = member(body, name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  boost::system::error_code inexact;
  const auto number = value->to_number<std::int64_t>(inexact);
  if (inexact) return std::nullopt;
  return number;
}

bool has_member(const json::value& body, std::string_view name) {
  return member(body, name) != nullptr;
}

json::object parse_object_or_empty(const std::string& text) {
  boost::system::error_code broken;
  json::value value = json::parse(text, broken);
  return broken || !value.is_object() ? json::object() : std::move(value.get_object());
}

std::optional<std::string> query_value(const ApiRequest& request, std::string_view name) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return std::nullopt;
  return found->second;
}

json::value time_or_null(storage::WallMillis at) {
  return at == 0 ? json::value(nullptr) : json::value(utc_time(at));
}

std::int64_t etag_to_change(const ApiRequest& request, std::int64_t read) {
  return request.if_match > 0 ? request.if_match : read;
}

BlockingHandler again_when_changed(BlockingHandler handler) {
  return [handler = std::move(handler)](const ApiRequest& request) {
    constexpr int kConflict = 409;
    constexpr int kTries = 5;
    ApiResult result = handler(request);
    for (int i = 1; i < kTries && request.if_match == 0 && !result && result.error().status == kConflict; ++i)
      result = handler(request);
    return result;
  };
}

Problem write_problem(const ApiRequest& request, const Error& error) {
  if (request.if_match > 0 && error.code == Errc::conflict) return precondition_failed(error.message);
  return problem_of(error);
}

Problem bad_time(std::string_view which) {
  return validation_failed({{"/query/" + std::string(which), "must be a time such as 2026-11-21T08:00:00Z"}});
}

Problem find_problem(std::string_view what, const Error& error) {
  return error.code == Errc::not_found ? not_found(fmt::format("no such {}", what)) : problem_of(error);
}

std::expected<std::map<std::string, std::string>, Problem> variables_of(const json::value& body) {
  std::map<std::string, std::string> variables;
  const json::value* given = member(body, "variables");
  if (given == nullptr || !given->is_object()) return variables;
  const auto wrong = [](std::string detail) {
    return std::unexpected(validation_failed({{"/body/variables", std::move(detail)}}));
  };
  if (given->get_object().size() > kMaxVariables) return wrong("there may be at most 50 of them");
  std::size_t all = 0;
  for (const auto& [name, value] : given->get_object()) {
    if (name.empty() || name.size() > kMaxName) return wrong("a name has 1 to 64 characters");
    if (!value.is_string() || value.get_string().size() > kMaxValue)
      return wrong("a value is text of at most 1000 bytes");
    all += name.size() + value.get_string().size();
    variables.emplace(std::string(name), std::string(value.get_string()));
  }
  if (all > kMaxAllVariables) return wrong("together they may have at most 16384 bytes");
  return variables;
}

ApiAnswer json_answer(json::value body, std::int64_t etag) {
  ApiAnswer answer;
  answer.body = std::move(body);
  answer.etag = etag;
  return answer;
}

ApiAnswer no_content(std::string audit_target) {
  ApiAnswer answer;
  answer.status = 204;
  answer.audit_target = std::move(audit_target);
  return answer;
}

}  // namespace parley::api
