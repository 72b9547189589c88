// Inside this room only: one HTTP connection, from accept to its end or its upgrade.
#pragma once

#include <set>

#include "net/http_server.hpp"
#include "net/server_tls.hpp"
#include "net/tcp.hpp"

namespace parley::net {

// The server's reach into a connection.
class StoppableConnection {
 public:
  virtual ~StoppableConnection() = default;
  // Ends the connection now if it is between two requests, else behind the response it is working on. A
  // response without a known length is ended early.
  virtual void stop() = 0;
  // Cancels whatever runs; nothing more is answered.
  virtual void abandon() = 0;
};

// What the server and its connections share; it lives until the last of them is gone. On the context's
// thread, but for `tls`.
struct HttpShared {
  HttpServerOptions options;
  HttpHandlers handlers;
  ServerTls tls;
  bool stopping = false;
  bool closed = false;        // the server is being destroyed: no handler is called any more
  std::size_t open = 0;       // connections, those not yet begun included
  std::size_t exchanges = 0;  // in which a handler's frame or a body's source may be alive
  std::set<StoppableConnection*> connections;
};

async::Task<> serve_connection(TcpSocket socket, std::shared_ptr<HttpShared> shared);

}  // namespace parley::net
