// Inside this room only: a TCP connection by name, and the TLS contexts of our clients.
#pragma once

#include <memory>

#include "base/result.hpp"
#include "net/address_policy.hpp"
#include "net/tcp.hpp"
#include "net/url.hpp"

namespace boost::asio::ssl {
class context;
}

namespace parley::net {

// Resolves and connects `socket` (closed before) and sets TCP_NODELAY. The name lookup is given up at
// `deadline`; the connection attempt ends when the caller closes the socket, which is its own Deadline's
// work. Errc::permission_denied: `policy` (nullptr: none) does not let it go to any of the host's addresses.
async::Task<Result<void>> connect_tcp(TcpSocket& socket, const Url& url, SteadyTime deadline,
                                      const AddressPolicy* policy = nullptr);

// Shared by all clients of the process; made at first use, any thread.
asio::ssl::context& client_tls_context(bool verify);

}  // namespace parley::net
