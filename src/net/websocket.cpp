#include "net/websocket.hpp"

#include "net/websocket_accept.hpp"
#include "net/websocket_client.hpp"

namespace parley::net {
namespace {

async::Task<std::expected<std::unique_ptr<WebSocket>, ConnectError>> connect_plain(async::Executor executor,
                                                                                   Url url,
                                                                                   ConnectOptions options) {
  auto socket = std::make_unique<WebSocketOver<TcpSocket>>(TcpSocket(executor), options.socket);
  socket->count_as_client();
  const auto by = std::chrono::steady_clock::now() + options.deadline;
  Deadline deadline(executor, [tcp = &socket->tcp()] { beast::close_socket(*tcp); });
  deadline.set(by);
  const auto connected = co_await connect_tcp(socket->tcp(), url, by, options.policy.get());
  if (deadline.expired()) co_return connect_failed(Errc::timeout, url.redacted() + " did not answer in time");
  if (!connected) co_return connect_failed(connected.error());
  const auto upgraded = co_await upgrade_client(*socket, url, options, deadline);
  if (!upgraded) co_return std::unexpected(upgraded.error());
  co_return std::move(socket);
}

}  // namespace

std::size_t open_client_websockets() {
  return ClientSocketCount::open();
}

async::Task<std::expected<std::unique_ptr<WebSocket>, ConnectError>> connect_websocket(
    async::Executor executor, std::string url, ConnectOptions options) {
  auto parsed = parse_url(url);
  if (!parsed) co_return connect_failed(parsed.error());
  if (parsed->scheme != "ws" && parsed->scheme != "wss") {
    co_return connect_failed(Errc::invalid_argument, "a WebSocket address starts with ws:// or wss://");
  }
  if (const auto sound = check_headers(options.headers); !sound) co_return connect_failed(sound.error());
  if (parsed->secure())
    co_return co_await connect_websocket_tls(executor, std::move(*parsed), std::move(options));
  co_return co_await connect_plain(executor, std::move(*parsed), std::move(options));
}

async::Task<Result<std::unique_ptr<WebSocket>>> accept_websocket(TcpSocket socket, BeastRequest request,
                                                                 WebSocketOptions options,
                                                                 std::chrono::milliseconds limit) {
  return accept_websocket_over(std::move(socket), std::move(request), options, limit);
}

}  // namespace parley::net
