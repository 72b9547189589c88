#include "net/server_stream.hpp"

#include <unistd.h>
#include <utility>

#include <boost/asio/write.hpp>

namespace parley::net {

TravellingStream::~TravellingStream() {
  if (session_ != nullptr) SSL_free(session_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

TravellingStream::TravellingStream(TravellingStream&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      protocol_(other.protocol_),
      session_(std::exchange(other.session_, nullptr)) {}

TcpSocket TravellingStream::take_socket(async::Executor executor, error_code& ec) {
  TcpSocket socket(executor);
  socket.assign(protocol_, descriptor_, ec);
  if (!ec) descriptor_ = -1;
  return socket;
}

// The stream makes itself new memory buffers for the session; what was in the old ones was looked at by
// release().
TlsSocket TravellingStream::secure(TcpSocket socket) {
  return TlsSocket(std::move(socket), std::exchange(session_, nullptr));
}

std::string ServerStream::peer_address() {
  error_code ec;
  auto address = tcp().remote_endpoint(ec).address();
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6());
  }
  return address.to_string();
}

async::Task<> ServerStream::shake_hands(asio::ssl::context& context, error_code& ec) {
  tls_ = std::make_unique<TlsSocket>(std::move(plain_), context);
  co_await tls_->async_handshake(asio::ssl::stream_base::server, into(ec));
}

async::Task<std::size_t> ServerStream::read_some(asio::mutable_buffer to, error_code& ec) {
  if (tls_) co_return co_await tls_->async_read_some(to, into(ec));
  co_return co_await plain_.async_read_some(to, into(ec));
}

async::Task<> ServerStream::write(Pieces pieces, error_code& ec) {
  if (tls_) {
    co_await asio::async_write(*tls_, pieces, into(ec));
  } else {
    co_await asio::async_write(plain_, pieces, into(ec));
  }
}

async::Task<> ServerStream::say_goodbye(error_code& ec) {
  if (tls_) co_await tls_->async_shutdown(into(ec));
}

async::Task<> ServerStream::linger() {
  error_code ec;
  tcp().shutdown(TcpSocket::shutdown_send, ec);
  std::array<char, 4096> unwanted;
  while (!ec)
    co_await tcp().async_read_some(asio::buffer(unwanted), into(ec));
  tcp().close(ec);
}

void ServerStream::cut() {
  error_code ignored;
  tcp().set_option(asio::socket_base::linger(true, 0), ignored);
  tcp().close(ignored);
}

std::optional<TravellingStream> ServerStream::release() {
  SSL* session = tls_ ? tls_->native_handle() : nullptr;
  if (session != nullptr) {
    if (SSL_has_pending(session) == 1 || BIO_ctrl_pending(SSL_get_rbio(session)) > 0) return std::nullopt;
    SSL_up_ref(session);
  }
  error_code ec;
  const auto protocol = tcp().local_endpoint(ec).protocol();
  const int descriptor = tcp().release(ec);
  tls_.reset();
  return TravellingStream(descriptor, protocol, session);
}

}  // namespace parley::net
