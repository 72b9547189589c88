#include "net/url.hpp"

#include <charconv>

#include "base/ascii.hpp"
#include "base/base64.hpp"
#include "net/http_server.hpp"

namespace parley::net {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::uint16_t default_port(std::string_view scheme) {
  if (scheme == "ws" || scheme == "http") return 80;
  if (scheme == "wss" || scheme == "https") return 443;
  return 0;
}

// Space and control characters would end or split the request line.
bool is_visible(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == 0x7f; });
}

// Enough to tell it from a name; the connection finds out whether it is right.
bool is_ipv6_text(std::string_view text) {
  return text.find(':') != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdef:.%") == std::string_view::npos;
}

Result<void> parse_host_and_port(std::string_view text, Url& url) {
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return fail(Errc::invalid_argument, "the address has '[' without ']'");
    url.host = to_lower(text.substr(1, end - 1));
    if (!is_ipv6_text(url.host))
      return fail(Errc::invalid_argument, "the address has no IPv6 address in its brackets");
    const auto rest = text.substr(end + 1);
    has_port = rest.starts_with(':');
    if (!rest.empty() && !has_port) return fail(Errc::invalid_argument, "the address has text behind ']'");
    if (has_port) port = rest.substr(1);
  } else {
    const auto colon = text.find(':');
    has_port = colon != std::string_view::npos;
    url.host = to_lower(text.substr(0, colon));
    if (has_port) port = text.substr(colon + 1);
  }
  if (url.host.empty()) return fail(Errc::invalid_argument, "the address names no host");
  url.port = default_port(url.scheme);
  if (!has_port || port.empty()) return {};  // "host:" means the scheme's port, RFC 3986 §3.2.3
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
  if (error != std::errc() || end != port.data() + port.size() || url.port == 0) {
    return fail(Errc::invalid_argument, "the address has a port that is not a number from 1 to 65535");
  }
  return {};
}

}  // namespace

std::string Url::authority() const {
  std::string text = host.find(':') == std::string::npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) text += ":" + std::to_string(port);
  return text;
}

std::string Url::redacted() const {
  return scheme + "://" + authority() + path;
}

Result<Url> parse_url(std::string_view text) {
  Url url;
  if (!is_visible(text))
    return fail(Errc::invalid_argument, "the address has a space or a control character in it");
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) {
    return fail(Errc::invalid_argument, "the address does not start with ws://, wss://, http:// or https://");
  }
  url.scheme = to_lower(text.substr(0, scheme_end));
  if (default_port(url.scheme) == 0) {
    return fail(Errc::invalid_argument, "the address does not start with ws://, wss://, http:// or https://");
  }
  text.remove_prefix(scheme_end + 3);

  const auto authority_end = std::min(text.find_first_of("/?#"), text.size());
  auto authority = text.substr(0, authority_end);
  auto rest = text.substr(authority_end);
  rest = rest.substr(0, rest.find('#'));

  // A password may hold an '@' that nobody escaped: the last one ends it.
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    const auto userinfo = authority.substr(0, at);
    const auto colon = userinfo.find(':');
    url.user = percent_decode(userinfo.substr(0, colon));
    if (colon != std::string_view::npos) url.password = percent_decode(userinfo.substr(colon + 1));
    authority.remove_prefix(at + 1);
  }
  if (auto parsed = parse_host_and_port(authority, url); !parsed) return fail(parsed.error());

  const auto question = rest.find('?');
  url.path = rest.substr(0, question);
  if (url.path.empty()) url.path = "/";
  if (question != std::string_view::npos) url.query = rest.substr(question + 1);
  return url;
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size()) {
      const int high = hex_value(text[i + 1]);
      const int low = hex_value(text[i + 2]);
      if (high >= 0 && low >= 0) {
        decoded.push_back(static_cast<char>(high * 16 + low));
        i += 2;
        continue;
      }
    }
    decoded.push_back(text[i]);
  }
  return decoded;
}

std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  const auto decode = [](std::string_view part) {
    std::string spaced(part);
    std::ranges::replace(spaced, '+', ' ');
    return percent_decode(spaced);
  };
  while (!query.empty()) {
    const auto piece = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(piece.size() + 1, query.size()));
    if (piece.empty()) continue;
    const auto equals = piece.find('=');
    auto value = equals == std::string_view::npos ? std::string() : decode(piece.substr(equals + 1));
    pairs.emplace_back(decode(piece.substr(0, equals)), std::move(value));
  }
  return pairs;
}

std::string basic_authorization(std::string_view user, std::string_view password) {
  std::string plain(user);
  plain += ':';
  plain += password;
  std::string header = "Basic ";
  base64_encode(std::as_bytes(std::span(plain)), header);
  return header;
}

std::string basic_authorization(const Url& url) {
  return url.user.empty() && url.password.empty() ? std::string()
                                                  : basic_authorization(url.user, url.password);
}

}  // namespace parley::net
