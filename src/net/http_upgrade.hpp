// Inside this room only: a connection leaves the HTTP server's context for the one its call will live on.
#pragma once

#include "net/http_server.hpp"
#include "net/websocket_handshake.hpp"

namespace parley::net {

// Takes `socket` away from its context; the handshake and everything behind it run on upgrade.context.
void hand_over(TcpSocket& socket, BeastRequest request, Upgrade upgrade, std::chrono::milliseconds deadline);

}  // namespace parley::net
