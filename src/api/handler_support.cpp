#include "api/handler_support.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "api/json_out.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;

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
