// Inside this room only, and only in HEAVY units: the client's side of the upgrade over any transport.
#pragma once

#include <fmt/core.h>

#include "net/websocket_handshake.hpp"
#include "net/websocket_stream.hpp"

namespace parley::net {

inline Error refused_upgrade(const Url& url, unsigned status) {
  Errc code = Errc::protocol;
  if (status == 401 || status == 403) code = Errc::permission_denied;
  if (status == 404) code = Errc::not_found;
  if (status == 429 || status == 503) code = Errc::unavailable;
  return {code, fmt::format("{} refused the WebSocket with status {}", url.redacted(), status)};
}

// `deadline` closes the socket; it is cleared here on success.
template <class Transport>
async::Task<Result<void>> upgrade_client(WebSocketOver<Transport>& socket, const Url& url,
                                         Deadline& deadline) {
  using beast::websocket::stream_base;
  auto& stream = socket.stream();
  stream.set_option(stream_base::decorator(
      [authorization = basic_authorization(url)](beast::websocket::request_type& request) {
        request.set(beast::http::field::user_agent, "parley");
        if (!authorization.empty()) request.set(beast::http::field::authorization, authorization);
      }));
  beast::websocket::response_type response;
  error_code ec;
  const std::string authority = url.authority();
  const std::string target = url.target();
  co_await stream.async_handshake(response, authority, target, into(ec));
  stream.set_option(
      stream_base::decorator([](beast::websocket::request_type&) {}));  // forgets the credentials
  if (deadline.expired())
    co_return fail(Errc::timeout, url.redacted() + " did not answer the upgrade in time");
  deadline.clear();
  if (ec == beast::websocket::error::upgrade_declined)
    co_return fail(refused_upgrade(url, response.result_int()));
  if (ec)
    co_return fail(Errc::protocol, fmt::format("the upgrade at {} failed: {}", url.redacted(), ec.message()));
  co_return Result<void>();
}

}  // namespace parley::net
