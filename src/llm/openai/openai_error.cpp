#include "llm/openai/openai_error.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/text_value.hpp"
#include "vendor/json.hpp"

namespace parley::llm {
namespace {

namespace json = boost::json;
using vendor::Fault;
using vendor::VendorError;

template <std::size_t N>
bool has_any(const std::string& text, const std::array<std::string_view, N>& needles) {
  return std::ranges::any_of(needles, [&](auto needle) { return text.find(needle) != std::string::npos; });
}

constexpr std::array<std::string_view, 5> kBadKey = {
    "invalid_api_key", "authentication_error", "api key not valid", "api_key_invalid", "incorrect api key"};
constexpr std::array<std::string_view, 6> kNoCredit = {"insufficient_quota",  "billing_hard_limit",
                                                       "billing_not_active",  "insufficient_credit",
                                                       "insufficient credit", "quota_exceeded"};
constexpr std::array<std::string_view, 6> kNoModel = {"model_not_found",      "deploymentnotfound",
                                                      "model_decommissioned", "model_not_available",
                                                      "model_not_supported",  "not_found_error"};
constexpr std::array<std::string_view, 3> kRegion = {"unsupported_country", "location is not supported",
                                                     "region_not_supported"};
constexpr std::array<std::string_view, 3> kRate = {"rate_limit", "too_many_requests", "resource_exhausted"};
constexpr std::array<std::string_view, 4> kOverload = {"server_error", "overloaded", "unavailable_error",
                                                       "capacity_exceeded"};

struct Told {
  std::string message;
  std::string type;
  std::string code;
  std::string param;
};

Told told_by(const json::object& error) {
  Told told{std::string(vendor::string_member(error, "message")), vendor::text_member(error, "type"),
            vendor::text_member(error, "code"), vendor::text_member(error, "param")};
  // Google's compatible layer has a status beside a number.
  if (told.type.empty()) told.type = vendor::text_member(error, "status");
  return told;
}

// The object round the error, or what stands there instead.
Told read_error(const json::object& body) {
  if (const auto* error = vendor::object_member(body, "error")) return told_by(*error);
  if (const auto text = vendor::string_member(body, "error"); !text.empty()) {
    Told told = told_by(body);
    told.message = text;
    return told;
  }
  Told told = told_by(body);
  if (told.message.empty()) told.message = vendor::text_member(body, "detail");
  if (told.message.empty()) {
    if (const auto* list = vendor::array_member(body, "detail");
        list != nullptr && !list->empty() && list->front().is_object()) {
      told.message = vendor::text_member(list->front().get_object(), "msg");
      told.type = vendor::text_member(list->front().get_object(), "type");
      // FastAPI names the field by its path.
      if (const auto* path = vendor::array_member(list->front().get_object(), "loc");
          path != nullptr && !path->empty() && path->back().is_string())
        told.param = path->back().get_string().c_str();
    }
  }
  return told;
}

Told read_body(std::string_view body) {
  auto parsed = vendor::parse_json(body);
  if (!parsed) return {.message = std::string(body.substr(0, 300)), .type = {}, .code = {}, .param = {}};
  if (parsed->is_array() && !parsed->get_array().empty()) {
    json::value first = std::move(parsed->get_array().front());
    *parsed = std::move(first);
  }
  if (parsed->is_object()) return read_error(parsed->get_object());
  return {.message = std::string(body.substr(0, 300)), .type = {}, .code = {}, .param = {}};
}

// The names say more than the status, but for the two that are used for everything.
Fault fault_of(const Told& told, int status) {
  const std::string names = to_lower(told.code + " " + told.type);
  const std::string words = to_lower(told.message);
  if (has_any(names, kNoCredit) ||
      (status == 429 && words.find("exceeded your current quota") != std::string::npos))
    return Fault::no_credit;
  if (has_any(names, kRegion) || has_any(words, kRegion)) return Fault::region;
  if (has_any(names, kBadKey) || (status == 400 && has_any(words, kBadKey))) return Fault::bad_key;
  if (has_any(names, kNoModel)) return Fault::unknown_model;
  if (status == 503 || status == 529 || status == 498) return Fault::overloaded;
  if (has_any(names, kRate)) return Fault::rate_limited;
  if (status < 400 && has_any(names, kOverload)) return Fault::overloaded;
  if (status < 400) return Fault::overloaded;  // in the middle of a stream, without a reason that we know
  return vendor::fault_of_status(status);
}

VendorError make_error(const vendor::Account& account, std::string_view model, Told told, int status) {
  // "code": 503 inside of a stream is a status.
  if (status < 400) {
    if (const auto code = parse_integer(told.code); code && *code >= 400 && *code < 600)
      status = static_cast<int>(*code);
  }
  VendorError error(fault_of(told, status), account.vendor, vendor::clean_detail(told.message, account.key));
  error.model = model;
  error.status = status < 400 ? 0 : status;
  error.code = vendor::clean_detail(told.code.empty() || parse_integer(told.code) ? told.type : told.code,
                                    account.key);
  error.key_setting = account.key_setting;
  return error;
}

}  // namespace

VendorError openai_refusal(const vendor::Account& account, std::string_view model,
                           const net::ResponseHead& head, std::string_view body, WallTime now) {
  auto error = make_error(account, model, read_body(body), head.status);
  const auto& headers = head.headers;
  for (const auto* name : {"x-request-id", "apim-request-id", "x-ms-request-id", "request-id"}) {
    const auto id = net::find_header(headers, name);
    if (!id) continue;
    error.request_id = vendor::clean_detail(*id, account.key);
    break;
  }
  error.retry_after = vendor::parse_retry_after(net::find_header(headers, "retry-after-ms"),
                                                net::find_header(headers, "retry-after"), now);
  if (const auto should = net::find_header(headers, "x-should-retry"))
    error.should_retry = parse_boolean(*should);
  if (error.detail.empty()) error.detail = "the answer says nothing more";
  return error;
}

VendorError openai_stream_error(const vendor::Account& account, std::string_view model,
                                const json::object& event) {
  auto error = make_error(account, model, read_error(event), 200);
  if (error.detail.empty()) error.detail = "the stream ended with an error";
  return error;
}

bool refuses_field(const VendorError& error, std::string_view param, std::string_view name) {
  if (error.status != 400 && error.status != 422) return false;
  if (error.code == "unsupported_parameter" && (param == name || param.empty())) return true;
  const std::string words = to_lower(error.detail + " " + error.code);
  constexpr std::array<std::string_view, 9> kUnknown = {"unsupported", "not supported", "unrecognized",
                                                        "unknown",     "extra",         "not permitted",
                                                        "not allowed", "unexpected",    "not a valid"};
  const bool named = param == name || words.find(name) != std::string::npos;
  return named && has_any(words, kUnknown);
}

std::string openai_error_param(std::string_view body) {
  return read_body(body).param;
}

}  // namespace parley::llm
