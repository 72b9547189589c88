// Inside this room only: the server's side of TLS, and its certificate, which may be replaced while it
// serves.
#pragma once

#include <memory>
#include <mutex>

#include <boost/asio/ssl/context.hpp>

#include "net/http_server.hpp"
#include "net/tcp.hpp"

namespace parley::net {

// TLS 1.2 and later, HTTP/1.1 alone by ALPN. Errc::invalid_argument or io, naming the file and the fix.
Result<std::shared_ptr<asio::ssl::context>> make_server_context(const TlsFiles& files);

// Any thread. A handshake keeps the context it began with.
class ServerTls {
 public:
  Result<void> load(const TlsFiles& files);
  // nullptr: no TLS.
  std::shared_ptr<asio::ssl::context> current() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<asio::ssl::context> context_;
};

}  // namespace parley::net
