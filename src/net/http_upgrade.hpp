// Inside this room only: a connection leaves the HTTP server's context for the one its call will live on.
#pragma once

#include "net/http_server.hpp"
#include "net/websocket_handshake.hpp"

namespace parley::net {

// The handshake and everything behind it run on upgrade.context.
void hand_over(TravellingStream stream, BeastRequest request, Upgrade upgrade,
               std::chrono::milliseconds deadline);

// The peer broke off before the handshake.
void give_up(Upgrade upgrade);

}  // namespace parley::net
