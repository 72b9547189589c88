// Scopes, hosts and origins under any bytes: what is a scope is written as it was read, and no name but this
// machine's own is local.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "control/principal.hpp"
#include "control/rate_limit.hpp"
#include "control/request_origin.hpp"

namespace {

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace parley::control;
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto scope = parse_scope(text)) {
    require(to_string(*scope) == text);
    Principal key;
    key.kind = Principal::Kind::api_key;
    key.scopes = {*scope};
    require(may(key, scope->resource, AccessLevel::read) && may(key, scope->resource, scope->level));
    require(may(key, "*", AccessLevel::read) == (scope->resource == "*"));
  } else {
    require(scope.error().code == parley::Errc::invalid_argument);
  }

  RequestOrigin request{.listens_on_loopback = true,
                        .peer_address = "127.0.0.1",
                        .host = text,
                        .forwarded = false,
                        .origin = ""};
  if (is_local_request(request)) {
    require(size <= 15 && (text.starts_with("127.0.0.1") || text.starts_with("[::1]") || size >= 9));
  }
  request.host = "localhost";
  request.peer_address = text;
  is_local_request(request);
  request.peer_address = "127.0.0.1";
  request.origin = text;
  if (is_local_request(request)) require(text.empty() || text.starts_with("http"));

  Principal user;
  user.kind = Principal::Kind::user;
  user.csrf_token = "0123456789abcdef";
  require(!is_csrf_safe("POST", text, user, text, text) || text == user.csrf_token);
  require(client_key(text).size() <= size + 64);
  return 0;
}
