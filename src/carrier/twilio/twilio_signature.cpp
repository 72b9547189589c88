#include "carrier/twilio/twilio_signature.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <fmt/format.h>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "base/ids.hpp"
#include "security/hash.hpp"
#include "security/sha1.hpp"

namespace parley::carrier {
namespace {

// The address in the three spellings that may have been signed. Done on the text, because everything else in
// it must stay as it came.
std::array<std::string, 3> spellings(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {std::string(url), {}, {}};
  const std::string_view scheme = url.substr(0, scheme_end);
  const auto host_begin = scheme_end + 3;
  const auto host_end = std::min(url.find_first_of("/?#", host_begin), url.size());
  const std::string_view authority = url.substr(host_begin, host_end - host_begin);
  std::size_t port_begin = authority.size();
  while (port_begin > 0 && is_digit(authority[port_begin - 1]))
    --port_begin;
  const bool has_port = port_begin > 0 && authority[port_begin - 1] == ':';
  const std::string_view host = has_port ? authority.substr(0, port_begin - 1) : authority;
  const bool is_secure = scheme == "https" || scheme == "wss";
  const std::string_view rest = url.substr(host_end);
  return {std::string(url), fmt::format("{}://{}{}", scheme, host, rest),
          fmt::format("{}://{}:{}{}", scheme, host, is_secure ? 443 : 80, rest)};
}

// The hash of a body that is no form, out of the address; empty: it names none.
std::string_view body_hash(std::string_view url) {
  constexpr std::string_view kName = "bodySHA256=";
  for (auto at = url.find(kName); at != std::string_view::npos; at = url.find(kName, at + 1)) {
    if (at == 0 || (url[at - 1] != '?' && url[at - 1] != '&')) continue;
    const auto value = url.substr(at + kName.size());
    return value.substr(0, value.find_first_of("&#"));
  }
  return {};
}

}  // namespace

std::string twilio_signature(std::string_view auth_token, std::string_view url, const Fields& form) {
  std::map<std::string_view, std::set<std::string_view>> sorted;
  for (const auto& [name, value] : form)
    sorted[name].insert(value);
  std::string text(url);
  for (const auto& [name, values] : sorted) {
    for (const std::string_view value : values) {
      text += name;
      text += value;
    }
  }
  std::string signature;
  const std::string mac = security::hmac_sha1(auth_token, text);
  base64_encode(std::as_bytes(std::span(mac)), signature);
  return signature;
}

Result<void> verify_twilio_signature(std::string_view auth_token, const SignedRequest& request) {
  if (auth_token.empty())
    return fail(Errc::permission_denied, "the account has no auth token to check Twilio's signature by");
  if (request.signature.empty())
    return fail(Errc::permission_denied, "the request has no X-Twilio-Signature");
  const auto hash = body_hash(request.url);
  if (hash.empty() && request.form.empty() && !request.body.empty())
    return fail(Errc::permission_denied, "the request's body is no form, and its hash is not in the address");
  if (!hash.empty() && request.form.empty()) {
    if (!constant_time_equal(to_lower(hash), security::to_hex(security::sha256(request.body))))
      return fail(Errc::permission_denied, "the request's body is not the one that Twilio signed");
  }
  for (const std::string& url : spellings(request.url)) {
    if (!url.empty() &&
        constant_time_equal(twilio_signature(auth_token, url, request.form), request.signature))
      return {};
  }
  return fail(
      Errc::permission_denied,
      "the request is not signed with the account's auth token (or public_url is not the address that "
      "Twilio was given)");
}

}  // namespace parley::carrier
