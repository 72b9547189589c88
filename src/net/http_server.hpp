// HTTP/1.1 on a context of its own; a WebSocket upgrade is handed, with its socket, to the context the router
// names.
//
// Thread: the handlers run on the server's context and must not block. listen() and stop() from any other
// thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "async/task.hpp"
#include "base/result.hpp"
#include "net/websocket.hpp"

namespace parley::net {

struct HttpRequest {
  std::string method;  // GET, POST …
  std::string path;    // percent-decoded, without the query; always starts with '/'
  std::string query;   // raw, without '?'
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string remote_address;  // of the TCP peer, without port

  // First value of the header (name in lower case) or an empty view.
  std::string_view header(std::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
};

// Where an accepted upgrade goes: `run` is called on `context` once the handshake there is done and owns the
// socket. If the handshake fails, `abandoned` is called on `context` instead (may be empty).
struct Upgrade {
  async::asio::io_context& context;
  WebSocketOptions options;
  std::function<async::Task<>(std::unique_ptr<WebSocket>)> run;
  std::function<void()> abandoned;
};

struct HttpHandlers {
  std::function<HttpResponse(const HttpRequest&)> request;
  // An answer instead of an Upgrade refuses the handshake (401, 403, 404, 503 …).
  std::function<std::variant<HttpResponse, Upgrade>(const HttpRequest&)> upgrade;
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // address or name; "0.0.0.0" and "::" listen everywhere
  std::uint16_t port = 8080;       // 0: the system chooses
  std::chrono::milliseconds request_deadline{15'000};  // headers and body of one request
  std::chrono::milliseconds idle_deadline{60'000};     // between two requests of a connection
  std::chrono::milliseconds handshake_deadline{10'000};
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1024 * 1024;
};

class HttpServer {
 public:
  // Binds and listens. Errors name the address and the fix ("port 8080 is in use by another program: …").
  // `context` must be run by one thread and outlive the server.
  static Result<std::unique_ptr<HttpServer>> listen(async::asio::io_context& context,
                                                    HttpServerOptions options, HttpHandlers handlers);
  virtual ~HttpServer() = default;

  virtual std::uint16_t port() const = 0;

  // Stops accepting and closes connections that are between requests; upgraded sockets are not ours any more.
  virtual void stop() = 0;
};

// Percent-decoded pairs of a query or form body, in order; malformed escapes stay as they are.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace parley::net
