// Inside this room only, and only in HEAVY units: the client's side of the upgrade over any transport.
#pragma once

#include <fmt/core.h>

#include "net/websocket_handshake.hpp"
#include "net/websocket_stream.hpp"

namespace parley::net {

constexpr std::size_t kKeptRefusalBytes = 16 * 1024;

inline std::unexpected<ConnectError> connect_failed(Error error) {
  return std::unexpected(ConnectError{std::move(error), std::nullopt});
}

inline std::unexpected<ConnectError> connect_failed(Errc code, std::string message) {
  return connect_failed(Error{code, std::move(message)});
}

inline Error refused_upgrade(const Url& url, unsigned status) {
  Errc code = Errc::protocol;
  if (status == 401 || status == 403) code = Errc::permission_denied;
  if (status == 404) code = Errc::not_found;
  if (status == 429 || status == 503) code = Errc::unavailable;
  return {code, fmt::format("{} refused the WebSocket with status {}", url.redacted(), status)};
}

inline ConnectError describe_refusal(const Url& url, beast::websocket::response_type response) {
  RefusedUpgrade refused;
  refused.status = static_cast<int>(response.result_int());
  for (const auto& field : response) {
    refused.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  refused.body = std::move(response.body());
  if (refused.body.size() > kKeptRefusalBytes) {
    refused.body.resize(kKeptRefusalBytes);
    refused.body.shrink_to_fit();
  }
  return {refused_upgrade(url, response.result_int()), std::move(refused)};
}

// What goes with the upgrade besides what the protocol itself asks for.
inline auto decorate_upgrade(const Url& url, const ConnectOptions& options) {
  return [authorization = basic_authorization(url), headers = options.headers,
          subprotocol = options.subprotocol](beast::websocket::request_type& request) {
    using beast::http::field;
    request.set(field::user_agent, "parley");
    if (!authorization.empty()) request.set(field::authorization, authorization);
    if (!subprotocol.empty()) request.set(field::sec_websocket_protocol, subprotocol);
    for (const auto& [name, value] : headers)
      request.set(name, value);
  };
}

// `deadline` closes the socket; it is cleared here on success.
template <class Transport>
async::Task<std::expected<void, ConnectError>> upgrade_client(WebSocketOver<Transport>& socket,
                                                              const Url& url, const ConnectOptions& options,
                                                              Deadline& deadline) {
  using beast::websocket::stream_base;
  auto& stream = socket.stream();
  stream.set_option(stream_base::decorator(decorate_upgrade(url, options)));
  beast::websocket::response_type response;
  error_code ec;
  const std::string authority = url.authority();
  const std::string target = url.target();
  co_await stream.async_handshake(response, authority, target, into(ec));
  stream.set_option(
      stream_base::decorator([](beast::websocket::request_type&) {}));  // forgets the credentials
  if (deadline.expired())
    co_return connect_failed(Errc::timeout, url.redacted() + " did not answer the upgrade in time");
  deadline.clear();
  if (ec == beast::websocket::error::upgrade_declined)
    co_return std::unexpected(describe_refusal(url, std::move(response)));
  if (ec) {
    co_return connect_failed(Errc::protocol,
                             fmt::format("the upgrade at {} failed: {}", url.redacted(), ec.message()));
  }
  co_return std::expected<void, ConnectError>();
}

}  // namespace parley::net
