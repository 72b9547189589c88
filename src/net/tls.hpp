// Inside this room only: the client's side of TLS.
#pragma once

#include <boost/asio/ssl/stream.hpp>

#include "net/connect.hpp"

namespace parley::net {

// Shakes hands on a connected stream, with the host's name for the server's choice of certificate (SNI) and,
// when `verify` is set, checked against that certificate.
async::Task<Result<void>> secure_client(asio::ssl::stream<TcpSocket>& stream, const Url& url, bool verify);

}  // namespace parley::net
