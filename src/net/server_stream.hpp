// Inside this room only: an accepted connection, plain or over TLS.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ssl/stream.hpp>

#include "net/tcp.hpp"

namespace parley::net {

using TlsSocket = asio::ssl::stream<TcpSocket>;

// A connection between two contexts: closed if the second never gets to take it.
class TravellingStream {
 public:
  TravellingStream(int descriptor, asio::ip::tcp protocol, SSL* session)
      : descriptor_(descriptor), protocol_(protocol), session_(session) {}
  ~TravellingStream();
  TravellingStream(TravellingStream&& other) noexcept;
  TravellingStream& operator=(TravellingStream&&) = delete;

  bool secured() const { return session_ != nullptr; }
  // On the thread of the executor, once each, the socket first.
  TcpSocket take_socket(async::Executor executor, error_code& ec);
  TlsSocket secure(TcpSocket socket);

 private:
  int descriptor_;
  asio::ip::tcp protocol_;
  SSL* session_;
};

// One read and one write may be under way at a time; tcp().cancel() ends both and leaves the socket open.
class ServerStream {
 public:
  using Pieces = std::array<asio::const_buffer, 3>;

  explicit ServerStream(TcpSocket socket) : plain_(std::move(socket)) {}

  TcpSocket& tcp() { return tls_ ? tls_->next_layer() : plain_; }
  bool secured() const { return tls_ != nullptr; }
  std::string peer_address();  // without port; IPv4 as IPv4

  async::Task<> shake_hands(asio::ssl::context& context, error_code& ec);
  async::Task<std::size_t> read_some(asio::mutable_buffer to, error_code& ec);
  async::Task<> write(Pieces pieces, error_code& ec);
  // Tells the peer over TLS that nothing follows, and waits for the same from it.
  async::Task<> say_goodbye(error_code& ec);
  // Says that nothing follows and throws away what still comes, until the peer is gone too or somebody
  // cancels: closing with unread bytes would reset the connection and take our answer from the peer.
  async::Task<> linger();
  // Closes so that the peer sees a failure, not an end.
  void cut();

  // nullopt when bytes of the peer's are waiting inside TLS. Afterwards only destruction is allowed.
  std::optional<TravellingStream> release();

 private:
  TcpSocket plain_;
  std::unique_ptr<TlsSocket> tls_;
};

}  // namespace parley::net
