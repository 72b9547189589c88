#include "api/request_gate.hpp"

#include <fmt/core.h>

#include "base/ascii.hpp"
#include "base/text_value.hpp"

namespace parley::api {
namespace {

constexpr std::string_view kCookie = "parley_session";
constexpr std::size_t kMaxCredential = 512;

bool is_bearer(std::string_view text) {
  constexpr std::string_view kScheme = "bearer ";
  if (text.size() < kScheme.size()) return false;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != kScheme[i]) return false;
  }
  return true;
}

std::string cookie_of(const net::HttpRequest& request) {
  for (const auto& [name, header] : request.headers) {
    if (name != "cookie") continue;
    std::string_view rest = header;
    while (!rest.empty()) {
      const auto end = std::min(rest.find(';'), rest.size());
      const std::string_view pair = trimmed(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (pair.size() > kCookie.size() && pair.starts_with(kCookie) && pair[kCookie.size()] == '=')
        return std::string(pair.substr(kCookie.size() + 1));
    }
  }
  return {};
}

// "\"7\"" → 7; "*" and nothing → 0: whatever is there.
std::expected<std::int64_t, Problem> if_match_of(std::string_view header) {
  if (header.empty() || header == "*") return 0;
  if (header.size() > 2 && header.starts_with('"') && header.ends_with('"')) {
    const auto etag = parse_integer(header.substr(1, header.size() - 2));
    if (etag && *etag > 0) return *etag;
  }
  return std::unexpected(validation_failed(
      {{"/header/If-Match", "must be one ETag as it was sent, like \"7\" with its quotes, or *"}}));
}

bool is_credential(std::string_view text) {
  return !text.empty() && text.size() <= kMaxCredential;
}

}  // namespace

Credentials credentials_of(const net::HttpRequest& request) {
  Credentials credentials;
  const std::string_view authorization = request.header("authorization");
  if (is_bearer(authorization)) {
    credentials.api_key = trimmed(authorization.substr(7));
  } else if (const std::string_view key = trimmed(request.header("x-api-key")); !key.empty()) {
    credentials.api_key = key;
  }
  credentials.cookie = cookie_of(request);
  return credentials;
}

std::expected<bool, Problem> RequestGate::is_local(const Incoming& incoming) const {
  // A proxy that is known may forward without saying so.
  const bool forwarded = control::was_forwarded(incoming.request) ||
                         options_.trusted_proxies.contains(incoming.request.remote_address);
  const bool here = control::is_local_request({.listens_on_loopback = options_.listens_on_loopback,
                                               .peer_address = incoming.request.remote_address,
                                               .host = incoming.request.header("host"),
                                               .forwarded = forwarded,
                                               .origin = incoming.request.header("origin")});
  if (!here) return false;
  const auto users = access_.has_owner();
  if (!users) return std::unexpected(problem_of(users.error()));
  return !*users;
}

std::expected<control::Principal, Problem> RequestGate::who(const Incoming& incoming,
                                                            const Credentials& credentials) const {
  if (!credentials.api_key.empty()) {
    // A key that is wrong never falls back to who would come in without one.
    if (is_credential(credentials.api_key)) {
      auto principal = access_.by_api_key(credentials.api_key);
      if (principal) return std::move(*principal);
      if (principal.error().code != Errc::permission_denied)
        return std::unexpected(problem_of(principal.error()));
    }
    if (incoming.operation->is_public) return control::Principal();
    return std::unexpected(unauthenticated());
  }
  if (is_credential(credentials.cookie)) {
    auto principal = access_.by_session(credentials.cookie);
    if (principal) return std::move(*principal);
    if (principal.error().code != Errc::permission_denied)
      return std::unexpected(problem_of(principal.error()));
  }
  const auto local = is_local(incoming);
  if (!local) return std::unexpected(local.error());
  if (*local) return control::local_principal();
  if (incoming.operation->is_public) return control::Principal();
  return std::unexpected(unauthenticated());
}

RequestGate::Answer RequestGate::admit(Incoming incoming) const {
  Credentials credentials = credentials_of(incoming.request);
  auto principal = who(incoming, credentials);
  if (!principal) return std::unexpected(std::move(principal.error()));
  return check(std::move(incoming), std::move(*principal), std::move(credentials));
}

RequestGate::Answer RequestGate::admit_nobody(Incoming incoming) const {
  return check(std::move(incoming), control::Principal(), {});
}

bool RequestGate::still_may(const Operation& operation, control::Principal::Kind kind,
                            const Credentials& credentials) const {
  using Kind = control::Principal::Kind;
  if (kind == Kind::nobody) return true;
  // A database that is away ends nothing.
  if (kind == Kind::local) {
    const auto users = access_.has_owner();
    return !users || !*users;
  }
  const auto now = kind == Kind::api_key ? access_.by_api_key(credentials.api_key)
                                         : access_.by_session(credentials.cookie);
  if (!now) return now.error().code != Errc::permission_denied;
  return control::may(*now, operation.resource, operation.level);
}

RequestGate::Answer RequestGate::check(Incoming incoming, control::Principal principal,
                                       Credentials credentials) const {
  const Operation& operation = *incoming.operation;
  const net::HttpRequest& request = incoming.request;
  if (!operation.is_public && !control::may(principal, operation.resource, operation.level))
    return std::unexpected(forbidden(
        fmt::format("this needs the right {}:{}", operation.resource, control::to_string(operation.level))));

  // A WebSocket of another page would be opened with the user's cookie, and no header could be asked of it:
  // its origin decides.
  const std::string_view origin = request.header("origin");
  const bool safe = incoming.upgrade
                        ? cors_.allows(origin) || control::is_csrf_safe("POST", principal.csrf_token,
                                                                        principal, origin, incoming.host)
                        : control::is_csrf_safe(operation.method, request.header("x-csrf-token"), principal,
                                                origin, incoming.host);
  if (!safe)
    return std::unexpected(forbidden(
        "the request does not come from this server's own page: send the session's X-CSRF-Token header"));

  auto admitted = std::make_shared<ApiRequest>();
  if (auto wrong = description_.check_path(operation, incoming.path)) return std::unexpected(*wrong);
  auto query = description_.check_query(operation, request.query);
  if (!query) return std::unexpected(std::move(query.error()));
  auto body = description_.check_body(operation, request.header("content-type"), request.body);
  if (!body) return std::unexpected(std::move(body.error()));
  const auto if_match = if_match_of(request.header("if-match"));
  if (!if_match) return std::unexpected(if_match.error());

  admitted->operation = &operation;
  admitted->cookie = credentials.cookie;
  admitted->still_may = [this, &operation, kind = principal.kind, credentials = std::move(credentials)] {
    return still_may(operation, kind, credentials);
  };
  admitted->principal = std::move(principal);
  admitted->path = std::move(incoming.path);
  admitted->query = std::move(*query);
  admitted->body = std::move(*body);
  admitted->content_type = request.header("content-type");
  admitted->raw_body = std::move(incoming.request.body);
  admitted->if_match = *if_match;
  admitted->address = std::move(incoming.address);
  admitted->range = request.header("range");
  admitted->accept = request.header("accept");
  admitted->last_event_id = request.header("last-event-id");
  admitted->secure = incoming.secure;
  admitted->base_url = options_.public_url;
  if (admitted->base_url.empty())
    admitted->base_url = fmt::format("{}://{}", incoming.secure ? "https" : "http",
                                     incoming.host.empty() ? "localhost" : incoming.host);
  return admitted;
}

}  // namespace parley::api
