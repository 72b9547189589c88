#include "speech/openai/openai_faults.hpp"

#include <fmt/core.h>

namespace parley::speech {
namespace {

using vendor::Fault;

Fault fault_of(int status, std::string_view type, std::string_view code, std::string_view param) {
  if (code == "insufficient_quota" || type == "insufficient_quota" || code.starts_with("billing_")) {
    return Fault::no_credit;
  }
  if (code == "invalid_api_key" || code == "account_deactivated") return Fault::bad_key;
  if (code == "unsupported_country_region_territory") return Fault::region;
  if (code == "model_not_found" || type == "not_found_error") return Fault::unknown_model;
  // A model or voice that does not exist is told as a value that is not allowed.
  if (code == "invalid_value" && (param.ends_with("voice") || param.ends_with("model"))) {
    return Fault::unknown_model;
  }
  if (code == "rate_limit_exceeded") return Fault::rate_limited;
  if (code == "session_expired") return Fault::unreachable;
  if (status > 0) return vendor::fault_of_status(status);
  if (type == "server_error" || type == "api_error" || type == "unavailable_error") return Fault::overloaded;
  if (type == "authentication_error") return Fault::bad_key;
  if (type == "tokens" || type == "requests") return Fault::rate_limited;
  return Fault::bad_request;
}

}  // namespace

OpenAiFaults::OpenAiFaults(const vendor::Account& account, std::string model)
    : account_(&account), model_(std::move(model)) {}

vendor::VendorError OpenAiFaults::make(Fault fault, std::string_view words) const {
  vendor::VendorError error(fault, account_->vendor, vendor::clean_detail(words, account_->key));
  error.model = model_;
  error.key_setting = account_->key_setting;
  return error;
}

vendor::VendorError OpenAiFaults::of_object(int status, const vendor::json::object& error) const {
  const auto code = vendor::text_member(error, "code");
  const auto type = vendor::string_member(error, "type");
  auto made = make(fault_of(status, type, code, vendor::string_member(error, "param")),
                   vendor::string_member(error, "message"));
  made.status = status;
  made.code = vendor::clean_detail(code.empty() ? type : std::string_view(code), account_->key);
  return made;
}

vendor::VendorError OpenAiFaults::of_response(int status, const net::HeaderList& headers,
                                              std::string_view body, WallTime now) const {
  const auto parsed = vendor::parse_json_object(body);
  const bool fine = status >= 200 && status < 300;
  vendor::VendorError error;
  if (const auto* object = parsed ? vendor::object_member(*parsed, "error") : nullptr) {
    error = of_object(status, *object);
  } else if (fine) {
    error = make(Fault::protocol, "the answer is not what was asked for");
  } else if (parsed && vendor::member(*parsed, "error") != nullptr) {
    error = make(vendor::fault_of_status(status), vendor::string_member(*parsed, "error"));
  } else if (parsed && vendor::member(*parsed, "message") != nullptr) {
    error = of_object(status, *parsed);
  } else {
    error = make(vendor::fault_of_status(status), fmt::format("HTTP status {}", status));
  }
  if (fine) error.fault = Fault::protocol;
  error.status = status;
  error.request_id =
      vendor::clean_detail(net::find_header(headers, "x-request-id").value_or(""), account_->key);
  error.retry_after = vendor::parse_retry_after(net::find_header(headers, "retry-after-ms"),
                                                net::find_header(headers, "retry-after"), now);
  const auto retry = net::find_header(headers, "x-should-retry");
  if (retry == "true") error.should_retry = true;
  if (retry == "false") error.should_retry = false;
  return error;
}

vendor::VendorError OpenAiFaults::of_connect(const net::ConnectError& error, WallTime now) const {
  if (error.refused)
    return of_response(error.refused->status, error.refused->headers, error.refused->body, now);
  return of_transport(error.error);
}

vendor::VendorError OpenAiFaults::of_close(const net::CloseInfo& close) const {
  Fault fault = Fault::unreachable;
  if (close.code == 1008) fault = Fault::bad_request;
  if (close.code == 1011 || close.code == 1013) fault = Fault::overloaded;
  auto error =
      make(fault, close.reason.empty() ? "the connection was closed" : std::string_view(close.reason));
  error.status = close.code;
  return error;
}

vendor::VendorError OpenAiFaults::of_transport(Error error) const {
  return make(vendor::fault_of(error.code), error.message);
}

vendor::VendorError OpenAiFaults::no_key() const {
  return make(Fault::bad_key, fmt::format("{} is not set", account_->key_setting));
}

}  // namespace parley::speech
