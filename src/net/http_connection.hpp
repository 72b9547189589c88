// Inside this room only: one HTTP connection, from accept to its end or its upgrade.
#pragma once

#include <mutex>
#include <set>

#include "net/http_server.hpp"
#include "net/tcp.hpp"

namespace parley::net {

// The reach of HttpServer::stop into a connection.
class StoppableConnection {
 public:
  virtual ~StoppableConnection() = default;
  // Ends the connection now if it is between two requests, else behind the response it is working on.
  virtual void stop() = 0;
};

// What the server and its connections share; it lives until the last of them is gone.
struct HttpShared {
  HttpServerOptions options;
  // Held while a handler runs and while the server's destructor takes the handlers away: what they refer to
  // may be destroyed behind it.
  std::mutex mutex;
  HttpHandlers handlers;
  // On the context's thread only:
  bool stopping = false;
  std::set<StoppableConnection*> connections;
};

async::Task<> serve_connection(TcpSocket socket, std::shared_ptr<HttpShared> shared);

}  // namespace parley::net
