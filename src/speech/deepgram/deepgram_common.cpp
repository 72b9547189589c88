#include "speech/deepgram/deepgram_common.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <fmt/core.h>

#include "base/ascii.hpp"
#include "net/http_client.hpp"
#include "vendor/json.hpp"

namespace parley::speech::deepgram {
namespace {

using vendor::Fault;
using vendor::VendorError;

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "… See https://dpgr.am/net0001" and "NET-0001" are both NET-0001.
std::string code_in(std::string_view words) {
  const auto text = to_lower(words);
  for (const std::string_view family : {"net", "data", "message", "big"}) {
    for (auto at = text.find(family); at != std::string::npos; at = text.find(family, at + 1)) {
      auto digits = at + family.size();
      if (digits < text.size() && text[digits] == '-') ++digits;
      const auto number = std::string_view(text).substr(digits, 4);
      if (number.size() < 4 || !std::ranges::all_of(number, [](char c) { return c >= '0' && c <= '9'; }))
        continue;
      std::string code(family);
      std::ranges::transform(code, code.begin(), [](char c) { return static_cast<char>(c - 32); });
      return fmt::format("{}-{}", code, number);
    }
  }
  return {};
}

Fault fault_of_code(std::string_view code, Fault otherwise) {
  if (code == "NET-0001") return Fault::timeout;
  if (code.starts_with("NET-")) return Fault::overloaded;
  if (code.starts_with("DATA-") || code.starts_with("MESSAGE-") || code.starts_with("BIG-"))
    return Fault::bad_request;
  return otherwise;
}

// Deepgram says with 400 both that a parameter is wrong and that it has no such model.
Fault fault_of_answer(int status, std::string_view code, std::string_view words) {
  if (code == "INVALID_AUTH") return Fault::bad_key;
  if (code == "ASR_PAYMENT_REQUIRED") return Fault::no_credit;
  if (code == "TOO_MANY_REQUESTS") return Fault::rate_limited;
  // With 403 the key is good, but the model is not in its plan.
  if (code == "INSUFFICIENT_PERMISSIONS") return status == 403 ? Fault::unknown_model : Fault::bad_key;
  switch (status) {
    case 400:
    case 404:
      return contains(to_lower(words), "model") ? Fault::unknown_model : Fault::bad_request;
    case 401:
      return Fault::bad_key;
    case 402:
      return Fault::no_credit;
    case 408:
    case 504:
      return Fault::timeout;
    case 429:
      return Fault::rate_limited;
    default:
      return status >= 500 ? Fault::overloaded : vendor::fault_of_status(status);
  }
}

VendorError failure(const vendor::Account& account, const std::string& model, Fault fault,
                    std::string words) {
  VendorError error(fault, account.vendor, std::move(words));
  error.model = model;
  error.key_setting = account.key_setting;
  return error;
}

}  // namespace

std::string option(const agent::ProviderChoice& choice, const std::string& name, std::string_view otherwise) {
  const auto found = choice.options.find(name);
  return found == choice.options.end() ? std::string(otherwise) : found->second;
}

Result<void> check_choice(const vendor::Account& account, const agent::ProviderChoice& choice,
                          std::initializer_list<std::string_view> known,
                          std::initializer_list<NumberRange> numbers) {
  if (!account.has_key()) {
    return fail(Errc::permission_denied,
                fmt::format("{} needs a key: set {}", account.vendor, account.key_setting));
  }
  for (const auto& [name, value] : choice.options) {
    if (std::ranges::find(known, name) != known.end()) continue;
    std::string names;
    for (const auto one : known)
      names += (names.empty() ? "" : ", ") + std::string(one);
    return fail(Errc::invalid_argument,
                fmt::format("{} has no option '{}' here; there is {}", account.vendor, name, names));
  }
  for (const auto& range : numbers) {
    const auto found = choice.options.find(std::string(range.name));
    if (found == choice.options.end()) continue;
    const auto& text = found->second;
    double number = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec == std::errc() && end == text.data() + text.size() && number >= range.least &&
        number <= range.most) {
      continue;
    }
    return fail(Errc::invalid_argument, fmt::format("{} option '{}' is a number from {} to {}",
                                                    account.vendor, range.name, range.least, range.most));
  }
  return {};
}

net::HeaderList authorization(const vendor::Account& account) {
  return {{"Authorization", "Token " + account.key}};
}

void Query::add(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '?' : '&';
  text_ += name;
  text_ += '=';
  text_ += net::url_encode(value);
}

void Query::add_option(const agent::ProviderChoice& choice, const std::string& name) {
  if (const auto found = choice.options.find(name); found != choice.options.end()) add(name, found->second);
}

void Query::add_list(const agent::ProviderChoice& choice, const std::string& name) {
  const auto values = option(choice, name);
  for (std::string_view rest = values; !rest.empty();) {
    const auto comma = rest.find(',');
    if (const auto one = trimmed(rest.substr(0, comma)); !one.empty()) add(name, one);
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
}

std::string listen_language(std::string_view bcp47) {
  static constexpr std::array<std::string_view, 16> kRegional{
      "en-US", "en-GB", "en-AU", "en-NZ", "en-IN",   "es-419",  "fr-CA", "pt-BR",
      "pt-PT", "zh-CN", "zh-TW", "zh-HK", "zh-Hans", "zh-Hant", "de-CH", "nl-BE"};
  if (std::ranges::find(kRegional, bcp47) != kRegional.end()) return std::string(bcp47);
  return std::string(bcp47.substr(0, bcp47.find('-')));
}

VendorError http_failure(const vendor::Account& account, const std::string& model, int status,
                         const net::HeaderList& headers, std::string_view body,
                         std::chrono::system_clock::time_point now) {
  std::string code;
  std::string words;
  std::string request_id;
  if (const auto parsed = vendor::parse_json_object(body)) {
    for (const auto name : {"err_code", "category"})
      if (code.empty()) code = vendor::text_member(*parsed, name);
    for (const auto name : {"err_msg", "message", "details", "reason"})
      if (words.empty()) words = vendor::text_member(*parsed, name);
    request_id = vendor::text_member(*parsed, "request_id");
  } else {
    words = body;
  }
  const auto header = [&headers](std::string_view name) {
    return std::string(net::find_header(headers, name).value_or(std::string_view{}));
  };
  if (words.empty()) words = header("dg-error");
  if (request_id.empty()) request_id = header("dg-request-id");
  auto error =
      failure(account, model, fault_of_answer(status, code, words), vendor::clean_detail(words, account.key));
  error.status = status;
  error.code = vendor::clean_detail(code, account.key);
  error.request_id = vendor::clean_detail(request_id, account.key);
  error.retry_after = vendor::parse_retry_after(net::find_header(headers, "retry-after-ms"),
                                                net::find_header(headers, "retry-after"), now);
  return error;
}

VendorError refusal(const vendor::Account& account, const std::string& model, const net::ConnectError& error,
                    std::chrono::system_clock::time_point now) {
  if (error.refused) {
    return http_failure(account, model, error.refused->status, error.refused->headers, error.refused->body,
                        now);
  }
  return transfer_failure(account, model, error.error);
}

VendorError closure(const vendor::Account& account, const std::string& model, const net::CloseInfo& close) {
  const auto code = code_in(close.reason);
  Fault fault = Fault::unreachable;  // 1006, and ends that come too early though politely
  if (close.code == 1002 || close.code == 1003 || close.code == 1007 || close.code == 1009)
    fault = Fault::protocol;
  if (close.code == 1008) fault = Fault::bad_request;
  if (close.code == 1011 || close.code == 1013) fault = Fault::overloaded;
  fault = fault_of_code(code, fault);
  auto words = close.reason.empty() ? std::string("the connection ended before the answer") : close.reason;
  auto error = failure(account, model, fault, vendor::clean_detail(words, account.key));
  error.status = close.code;
  error.code = code;
  return error;
}

VendorError in_band(const vendor::Account& account, const std::string& model, std::string_view code,
                    std::string_view words) {
  auto known = code_in(code);
  if (known.empty()) known = code_in(words);
  auto fault = fault_of_code(known, Fault::overloaded);
  if (known.empty()) {
    if (code == "INVALID_AUTH" || code == "INSUFFICIENT_PERMISSIONS") fault = Fault::bad_key;
    if (code == "ASR_PAYMENT_REQUIRED") fault = Fault::no_credit;
    if (code == "TOO_MANY_REQUESTS") fault = Fault::rate_limited;
  }
  auto error = failure(account, model, fault, vendor::clean_detail(words, account.key));
  error.code = known.empty() ? vendor::clean_detail(code, account.key) : known;
  return error;
}

VendorError protocol_failure(const vendor::Account& account, const std::string& model, std::string words) {
  return failure(account, model, Fault::protocol, std::move(words));
}

VendorError transfer_failure(const vendor::Account& account, const std::string& model, Error error) {
  return failure(account, model, vendor::fault_of(error.code),
                 vendor::clean_detail(error.message, account.key));
}

}  // namespace parley::speech::deepgram
