// Inside this room only: both sides of the upgrade.
#pragma once

#include <memory>

#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include "net/connect.hpp"
#include "net/server_stream.hpp"
#include "net/websocket.hpp"

namespace parley::net {

using BeastRequest = boost::beast::http::request<boost::beast::http::string_body>;

// Answers an upgrade request that was read from `socket` already.
async::Task<Result<std::unique_ptr<WebSocket>>> accept_websocket(TcpSocket socket, BeastRequest request,
                                                                 WebSocketOptions options,
                                                                 std::chrono::milliseconds deadline);

async::Task<Result<std::unique_ptr<WebSocket>>> accept_websocket_tls(TlsSocket socket, BeastRequest request,
                                                                     WebSocketOptions options,
                                                                     std::chrono::milliseconds deadline);

// The wss half of connect_websocket, in a unit of its own.
async::Task<std::expected<std::unique_ptr<WebSocket>, ConnectError>> connect_websocket_tls(
    async::Executor executor, Url url, ConnectOptions options);

}  // namespace parley::net
