#include <boost/beast/websocket/ssl.hpp>

#include "net/tls.hpp"
#include "net/websocket_accept.hpp"
#include "net/websocket_client.hpp"

namespace parley::net {

async::Task<std::expected<std::unique_ptr<WebSocket>, ConnectError>> connect_websocket_tls(
    async::Executor executor, Url url, ConnectOptions options) {
  TlsSocket tls(executor, client_tls_context(options.verify_tls));
  auto socket = std::make_unique<WebSocketOver<TlsSocket>>(std::move(tls), options.socket);
  socket->count_as_client();
  const auto by = std::chrono::steady_clock::now() + options.deadline;
  Deadline deadline(executor, [tcp = &socket->tcp()] { beast::close_socket(*tcp); });
  deadline.set(by);
  const auto connected = co_await connect_tcp(socket->tcp(), url, by, options.policy.get());
  if (deadline.expired()) co_return connect_failed(Errc::timeout, url.redacted() + " did not answer in time");
  if (!connected) co_return connect_failed(connected.error());
  const auto secured = co_await secure_client(socket->stream().next_layer(), url, options.verify_tls);
  if (deadline.expired())
    co_return connect_failed(Errc::timeout, url.redacted() + " did not finish the TLS handshake in time");
  if (!secured) co_return connect_failed(secured.error());
  const auto upgraded = co_await upgrade_client(*socket, url, options, deadline);
  if (!upgraded) co_return std::unexpected(upgraded.error());
  co_return std::move(socket);
}

async::Task<Result<std::unique_ptr<WebSocket>>> accept_websocket_tls(TlsSocket socket, BeastRequest request,
                                                                     WebSocketOptions options,
                                                                     std::chrono::milliseconds limit) {
  return accept_websocket_over(std::move(socket), std::move(request), options, limit);
}

}  // namespace parley::net
