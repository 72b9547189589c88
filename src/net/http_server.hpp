// HTTP/1.1, with TLS if wanted, on a context of its own; a WebSocket upgrade is handed, with its socket, to
// the context the router names.
//
// Thread: the handlers are coroutines on the server's context and must not block it; each request of a
// connection waits for the one before. listen() and stop() from any other thread. Lifetime: a handler's frame
// is destroyed (its awaits are cancelled first) when the peer goes away in the middle or the server is
// destroyed; the server's destructor runs the context until none is left, so what handlers refer to must
// outlive the server only. Destroy it on the context's thread, but not within a handler, or when nobody runs
// the context any more.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
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
  bool secure = false;         // came over our own TLS

  // First value of the header (name in lower case) or an empty view.
  std::string_view header(std::string_view name) const;
};

// A body made while it is sent: files, long lists, events.
class BodySource {
 public:
  virtual ~BodySource() = default;
  // The next piece, not empty; nullopt: that was all; an error: the connection is cut, so that nobody takes a
  // part for the whole. On the server's context. Not called again before the piece before was written, so a
  // slow reader slows the source down; after a piece that could not be written in time it is destroyed.
  virtual async::Task<Result<std::optional<std::string>>> next() = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;
  std::shared_ptr<BodySource> source;  // instead of `body`
  // Of the source, when it is known: then it must give exactly so much. Otherwise the body is chunked.
  std::optional<std::uint64_t> source_bytes;
};

// Where an accepted upgrade goes: `run` is called on `context` once the handshake there is done and owns the
// socket. If the handshake fails, `abandoned` is called on `context` instead (may be empty).
struct Upgrade {
  async::asio::io_context& context;
  WebSocketOptions options;
  std::function<async::Task<>(std::unique_ptr<WebSocket>)> run;
  std::function<void()> abandoned;
};

using UpgradeAnswer = std::variant<HttpResponse, Upgrade>;

struct HttpHandlers {
  std::function<async::Task<HttpResponse>(HttpRequest)> request;
  // An answer instead of an Upgrade refuses the handshake (401, 403, 404, 503 …).
  std::function<async::Task<UpgradeAnswer>(HttpRequest)> upgrade;
  // The most a request to this method and path may carry; empty: max_body_bytes for all.
  std::function<std::size_t(std::string_view method, std::string_view path)> body_limit;
  // What the server itself answers to a request that never came to a handler whole (400, 408, 413, 431, 503)
  // may be put in other words here. Of `request` there is what was read: its path is empty when its head was
  // broken.
  std::function<HttpResponse(const HttpRequest& request, HttpResponse answer)> refusal;
};

// PEM files. TLS 1.2 and later.
struct TlsFiles {
  std::string certificate;  // with its chain; empty: no TLS
  std::string key;
};

struct HttpServerOptions {
  std::string host = "127.0.0.1";  // address or name; "0.0.0.0" and "::" listen everywhere
  std::uint16_t port = 8080;       // 0: the system chooses
  std::chrono::milliseconds request_deadline{15'000};  // headers and body of one request
  std::chrono::milliseconds idle_deadline{60'000};     // between two requests of a connection
  std::chrono::milliseconds handshake_deadline{10'000};
  std::size_t max_header_bytes = 16 * 1024;
  std::size_t max_body_bytes = 1024 * 1024;
  std::size_t max_connections = 10'000;  // one more is closed at once
  TlsFiles tls;
};

class HttpServer {
 public:
  // Binds and listens. Errors name the address and the fix ("port 8080 is in use by another program: …").
  // `context` must be run by one thread and outlive the server.
  static Result<std::unique_ptr<HttpServer>> listen(async::asio::io_context& context,
                                                    HttpServerOptions options, HttpHandlers handlers);
  virtual ~HttpServer() = default;

  virtual std::uint16_t port() const = 0;

  // Reads the certificate's files anew, for connections from now on; on an error (which names the file and
  // the fix) the old one stays. Any thread; blocking. Without TLS nothing happens.
  virtual Result<void> reload_certificate() = 0;

  // Stops accepting and closes connections that are between requests; upgraded sockets are not ours any more.
  virtual void stop() = 0;
};

// Percent-decoded pairs of a query or form body, in order; malformed escapes stay as they are.
std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace parley::net
