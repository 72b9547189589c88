#include "api/carrier_access.hpp"

#include <algorithm>
#include <array>
#include <chrono>

#include <fmt/format.h>

#include "api/client_address.hpp"
#include "api/router.hpp"
#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "security/hash.hpp"

namespace parley::api {
namespace {

const log::Logger kLog("api");

constexpr int kBursts = 4;
// A header is no longer than the server's limit; what is longer than this is no secret of ours.
constexpr std::size_t kMaxAuthorization = 2048;

// Everything a carrier calls a number by that could be ours.
constexpr std::array<std::string_view, 13> kNumbers = {"CallTo",
                                                       "To",
                                                       "Called",
                                                       "CallFrom",
                                                       "From",
                                                       "Caller",
                                                       "ToNumber",
                                                       "FromNumber",
                                                       "CallerId",
                                                       "PhoneNumberSid",
                                                       "OutgoingPhoneNumber",
                                                       "PhoneNumber",
                                                       "VirtualNumber"};

bool same_name(std::string_view one, std::string_view other) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::ranges::equal(one, other, {}, lower, lower);
}

// The password of "Basic …"; empty: none.
std::string basic_password(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() <= kScheme.size() || header.size() > kMaxAuthorization) return {};
  if (!same_name(header.substr(0, kScheme.size()), kScheme)) return {};
  const std::string_view text = trimmed(header.substr(kScheme.size()));
  std::string decoded(base64_decoded_max(text.size()), '\0');
  const auto length = base64_decode(text, reinterpret_cast<std::byte*>(decoded.data()));
  if (!length) return {};
  decoded.resize(*length);
  const auto colon = decoded.find(':');
  return colon == std::string::npos ? std::string() : decoded.substr(colon + 1);
}

control::RateLimitOptions rate_options(int requests_per_second) {
  const int rate = std::max(requests_per_second, 1);
  return {.per_second = static_cast<double>(rate), .burst = rate * kBursts, .max_keys = 10'000};
}

}  // namespace

CarrierAccess::CarrierAccess(const Clock& clock, metrics::Registry& registry, FindNumber find_number,
                             Options options)
    : registry_(registry),
      find_number_(std::move(find_number)),
      options_(std::move(options)),
      limit_(clock, rate_options(options_.requests_per_second)) {}

net::HttpResponse CarrierAccess::refuse(int status, const char* reason, std::string line) {
  registry_
      .counter("parley_carrier_requests_refused_total", "Requests in a carrier's name that were refused.",
               {{"reason", reason}})
      .add();
  kLog.warn("a carrier's request was refused status={} reason={}", status, reason);
  auto response = text_response(status, std::move(line));
  response.headers.emplace_back("Cache-Control", "no-store");
  return response;
}

std::optional<net::HttpResponse> CarrierAccess::check_client(const net::HttpRequest& request) {
  const std::string client = client_address(request, options_.trusted_proxies);
  if (!options_.allow.empty() && !options_.allow.contains(client))
    return refuse(403, "address", "this address may not speak for a carrier");
  const auto wait = limit_.take(control::client_key(client));
  if (!wait) return std::nullopt;
  auto response = refuse(429, "rate", "too many requests: wait a little");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(*wait).count();
  response.headers.emplace_back("Retry-After", fmt::format("{}", std::max<std::int64_t>(seconds, 1)));
  return response;
}

bool CarrierAccess::is_ours(std::string_view presented) const {
  // Both are compared, so that the time tells nothing of which one was nearly right.
  const bool own = !options_.secret.empty() && constant_time_equal(presented, options_.secret);
  const bool callback =
      !options_.callback_secret.empty() && constant_time_equal(presented, options_.callback_secret);
  return own || callback;
}

bool CarrierAccess::has_secret_of(std::string_view presented, const std::vector<std::string>& hashes) const {
  if (presented.empty()) return false;
  const std::string hash = security::hash_token(presented);
  return std::ranges::all_of(hashes, [&](const std::string& one) { return constant_time_equal(hash, one); });
}

std::vector<std::string> CarrierAccess::hashes_of(const AddressTail& tail,
                                                  const carrier::Fields& fields) const {
  std::vector<std::string> hashes;
  const auto take = [&](const std::optional<storage::PhoneNumberRecord>& number) {
    if (number && !number->secret_hash.empty() &&
        std::ranges::find(hashes, number->secret_hash) == hashes.end())
      hashes.push_back(number->secret_hash);
    return number.has_value();
  };
  if (!tail.phone_id.empty() && take(find_number_(tail.phone_id, ""))) return hashes;
  for (const auto& [name, value] : fields) {
    const bool is_number = std::ranges::any_of(kNumbers, [&](auto one) { return same_name(name, one); });
    if (is_number && !value.empty()) take(find_number_("", value));
  }
  return hashes;
}

AddressTail CarrierAccess::tail_of(const std::string& last, const carrier::Fields& fields) const {
  if (last.empty()) return {};
  if (is_ours(last)) return {.phone_id = {}, .secret = last};
  if (find_number_(last, "")) return {.phone_id = last, .secret = {}};
  const std::vector<std::string> hashes = hashes_of({}, fields);
  if (!hashes.empty() && has_secret_of(last, hashes)) return {.phone_id = {}, .secret = last};
  return {.phone_id = last, .secret = {}};
}

std::optional<net::HttpResponse> CarrierAccess::check_secret(const net::HttpRequest& request,
                                                             const AddressTail& tail,
                                                             const carrier::Fields& fields,
                                                             HandedOut handed_out) {
  const std::vector<std::string> hashes = hashes_of(tail, fields);
  if (hashes.empty() && options_.secret.empty()) return std::nullopt;
  const std::string password = basic_password(request.header("authorization"));
  const auto opens = [&](std::string_view presented) {
    if (presented.empty()) return false;
    if (!hashes.empty() && has_secret_of(presented, hashes)) return true;
    return is_ours(presented) && (hashes.empty() || handed_out == HandedOut::by_us);
  };
  if (opens(tail.secret) || opens(password)) return std::nullopt;
  if (!tail.secret.empty() || !password.empty()) return refuse(403, "secret", "the secret is wrong");
  auto response = refuse(401, "secret", "the secret is missing");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"parley\"");
  return response;
}

net::HttpResponse CarrierAccess::refuse_signature() {
  return refuse(403, "signature", "the signature is missing or wrong");
}

}  // namespace parley::api
