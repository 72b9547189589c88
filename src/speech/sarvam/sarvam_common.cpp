#include "speech/sarvam/sarvam_common.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/ascii.hpp"
#include "vendor/json.hpp"

namespace parley::speech {
namespace {

using vendor::Fault;
using vendor::VendorError;

constexpr std::array<std::string_view, 11> kCommon = {"bn", "en", "gu", "hi", "kn", "ml",
                                                      "mr", "od", "pa", "ta", "te"};
constexpr std::array<std::string_view, 12> kSaarasToo = {"as", "ur",  "ne",  "kok", "ks",  "sd",
                                                         "sa", "sat", "mni", "brx", "mai", "doi"};

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.contains(word); });
}

// Sarvam says "invalid request" for a retired model, a speaker of another generation and a pitch that is too
// high alike; only the words tell them apart.
bool is_about_model(std::string_view words) {
  if (has_any(words, {"pitch", "pace", "loudness", "temperature", "preprocessing", "sample_rate", "codec"}))
    return false;
  return has_any(words, {"model", "speaker"}) &&
         has_any(words, {"not found", "invalid", "not valid", "unknown", "unsupported", "not supported",
                         "not compatible", "incompatible", "does not exist", "deprecated", "retired",
                         "not available", "should be", "must be", "denied", "access"});
}

Fault fault_of_words(std::string_view words, Fault otherwise) {
  if (has_any(words, {"quota", "credit", "balance"})) return Fault::no_credit;
  if (has_any(words, {"rate limit", "rate_limit", "too many", "concurren"})) return Fault::rate_limited;
  if (has_any(words, {"api key", "api_key", "api-key", "subscription key", "subscription-key", "unauthor",
                      "authentication", "forbidden"}))
    return Fault::bad_key;
  if (is_about_model(words)) return Fault::unknown_model;
  return otherwise;
}

Fault fault_of_code(int status, std::string_view code, std::string_view words) {
  if ((status == 401 || status == 403) && has_any(words, {"region", "country"})) return Fault::region;
  if (code == "invalid_api_key_error" || code == "authentication_error") return Fault::bad_key;
  if (code == "insufficient_quota_error") return Fault::no_credit;
  // The code of a full server as well: there it is the vendor's side that has too little.
  if (code == "rate_limit_exceeded_error") return status == 503 ? Fault::overloaded : Fault::rate_limited;
  if (code == "internal_server_error") return Fault::overloaded;
  const bool asked_wrongly = code == "invalid_request_error" || code == "unprocessable_entity_error" ||
                             code == "not_found_error" || code == "invalid_config";
  if (asked_wrongly || status == 400 || status == 404 || status == 413 || status == 422)
    return is_about_model(words) ? Fault::unknown_model : Fault::bad_request;
  if (status == 401 || status == 403) return Fault::bad_key;
  if (status == 408) return Fault::timeout;
  // The voices' socket says 429 for an empty account too, and tells it only in words.
  if (status == 429) return fault_of_words(words, Fault::rate_limited);
  if (status >= 400) return vendor::fault_of_status(status);
  return fault_of_words(words, Fault::overloaded);
}

// Dots and dashes alone make no sound, and Sarvam refuses some of them.
bool is_speakable(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    return static_cast<unsigned char>(c) >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           (c >= 'A' && c <= 'Z');
  });
}

std::size_t next_character(std::string_view text, std::size_t at) {
  ++at;
  while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U)
    ++at;
  return at;
}

}  // namespace

Result<std::string> sarvam_language(std::string_view tag, SarvamLanguages list) {
  std::string primary = to_lower(tag.substr(0, tag.find_first_of("-_")));
  const bool recogniser = list != SarvamLanguages::voice;
  if (recogniser && (primary.empty() || primary == "auto" || primary == "unknown" || primary == "multi"))
    return list == SarvamLanguages::realtime ? "auto" : "unknown";
  if (primary == "or") primary = "od";
  const bool many = list == SarvamLanguages::saaras || list == SarvamLanguages::realtime;
  const bool there = std::ranges::find(kCommon, primary) != kCommon.end() ||
                     (many && std::ranges::find(kSaarasToo, primary) != kSaarasToo.end());
  if (!there)
    return fail(Errc::invalid_argument,
                fmt::format("sarvam does not know the language '{}' here; it has {}{}{}{}", tag,
                            fmt::join(kCommon, ", "), many ? ", " : "",
                            many ? fmt::format("{}", fmt::join(kSaarasToo, ", ")) : "",
                            recogniser ? ", and auto to detect it" : ""));
  if (primary == "od" && list == SarvamLanguages::realtime) primary = "or";
  return primary + "-IN";
}

std::string bcp47_of_sarvam(std::string_view code) {
  if (code == "unknown" || code == "auto" || code.size() > 35) return {};
  return code == "od-IN" ? "or-IN" : std::string(code);
}

VendorError SarvamFaults::make(Fault fault, std::string_view words) const {
  VendorError error(fault, account_->vendor, vendor::clean_detail(words, account_->key));
  error.model = model_;
  error.key_setting = account_->key_setting;
  return error;
}

VendorError SarvamFaults::of_code(int status, std::string_view code, std::string_view message,
                                  std::string_view request_id) const {
  std::string words(message);
  const auto fault = fault_of_code(status, code, to_lower(message));
  if (fault == Fault::unknown_model && model_.starts_with("saarika"))
    words += " (try saaras:v3: saarika is retired)";
  auto error = make(fault, words);
  error.status = status;
  error.code = vendor::clean_detail(code.substr(0, 80), account_->key);
  error.request_id = vendor::clean_detail(request_id.substr(0, 120), account_->key);
  if (fault == Fault::no_credit) error.should_retry = false;
  return error;
}

VendorError SarvamFaults::of_response(int status, const net::HeaderList& headers, std::string_view body,
                                      WallTime now) const {
  std::string code;
  std::string message;
  std::string request_id;
  if (const auto json = vendor::parse_json_object(body)) {
    const auto* inner = vendor::object_member(*json, "error");
    const auto& from = inner ? *inner : *json;
    code = vendor::text_member(from, "code");
    message = vendor::string_member(from, "message");
    if (message.empty()) message = vendor::string_member(from, inner ? "error" : "detail");
    request_id = vendor::text_member(from, "request_id");
    if (request_id.empty()) request_id = vendor::text_member(*json, "request_id");
  }
  if (message.empty()) message = fmt::format("answered {}", status);
  auto error = of_code(status, code, message, request_id);
  error.retry_after = vendor::parse_retry_after(net::find_header(headers, "retry-after-ms"),
                                                net::find_header(headers, "retry-after"), now);
  return error;
}

VendorError SarvamFaults::of_connect(const net::ConnectError& failure, WallTime now) const {
  if (failure.refused && failure.refused->status > 0)
    return of_response(failure.refused->status, failure.refused->headers, failure.refused->body, now);
  return of_transport(failure.error);
}

VendorError SarvamFaults::of_close(const net::CloseInfo& close) const {
  const std::string words = to_lower(close.reason);
  Fault fault = Fault::unreachable;
  if (close.code == 1003) fault = fault_of_words(words, Fault::rate_limited);
  if (close.code == 1011) fault = fault_of_words(words, Fault::overloaded);
  if (close.code == 4000)
    fault = has_any(words, {"unavailable"}) ? Fault::overloaded : fault_of_words(words, Fault::bad_request);
  if (close.code == 1008) fault = fault_of_words(words, Fault::unreachable);
  if (close.code == 1002 || close.code == 1007 || close.code == 1009) fault = Fault::protocol;
  auto error =
      make(fault, close.reason.empty() ? fmt::format("closed the connection with code {}", close.code)
                                       : close.reason);
  error.status = close.code;
  if (fault == Fault::no_credit) error.should_retry = false;
  return error;
}

VendorError SarvamFaults::of_transport(const Error& failure) const {
  return make(vendor::fault_of(failure.code), failure.message);
}

std::vector<std::string> split_for_sarvam(std::string_view text, std::size_t most) {
  constexpr std::string_view kBlank = " \t\r\n";
  std::vector<std::string> pieces;
  const auto trim = [&] {
    const auto first = text.find_first_not_of(kBlank);
    text = first == std::string_view::npos ? std::string_view() : text.substr(first);
  };
  for (trim(); !text.empty(); trim()) {
    // The last place of each kind at which the piece may end, as a byte offset behind it.
    std::size_t sentence = 0;
    std::size_t clause = 0;
    std::size_t word = 0;
    std::size_t at = 0;
    std::string_view before;
    for (std::size_t characters = 0; at < text.size() && characters < most; ++characters) {
      const auto next = next_character(text, at);
      const auto character = text.substr(at, next - at);
      if (kBlank.contains(character.front())) {
        word = at;
        if (before == "." || before == "?" || before == "!" || before == "।") sentence = at;
        if (before == "," || before == ";" || before == ":") clause = at;
      }
      before = character;
      at = next;
    }
    std::size_t cut = at;
    if (at < text.size()) {
      if (kBlank.contains(text[at])) word = at;
      // A sentence's end near the beginning would leave a stub: it counts only in the second half.
      for (const auto place : {sentence, clause, word})
        if (place > at / 2 || (place > 0 && place == word)) {
          cut = place;
          break;
        }
    }
    auto piece = text.substr(0, cut);
    piece = piece.substr(0, piece.find_last_not_of(kBlank) + 1);
    if (is_speakable(piece)) pieces.emplace_back(piece);
    text.remove_prefix(cut);
  }
  return pieces;
}

}  // namespace parley::speech
