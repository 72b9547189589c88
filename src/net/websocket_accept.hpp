// Inside this room only, and only in the units listed as HEAVY: the server's half of the upgrade.
#pragma once

#include "net/websocket_handshake.hpp"
#include "net/websocket_stream.hpp"

namespace parley::net {

template <class Transport>
async::Task<Result<std::unique_ptr<WebSocket>>> accept_websocket_over(Transport transport,
                                                                      BeastRequest request,
                                                                      WebSocketOptions options,
                                                                      std::chrono::milliseconds limit) {
  auto websocket = std::make_unique<WebSocketOver<Transport>>(std::move(transport), options);
  Deadline deadline(websocket->tcp().get_executor(),
                    [tcp = &websocket->tcp()] { beast::close_socket(*tcp); });
  deadline.set(std::chrono::steady_clock::now() + limit);
  error_code ec;
  co_await websocket->stream().async_accept(request, into(ec));
  if (deadline.expired())
    co_return fail(Errc::timeout, "the peer did not take our answer to its upgrade in time");
  if (ec) co_return fail(Errc::protocol, "the upgrade failed: " + ec.message());
  co_return std::move(websocket);
}

}  // namespace parley::net
