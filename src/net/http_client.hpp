// Outgoing HTTP: pooled, HTTP/2 where the server has it, its answers streamed. One client for each event
// loop; libcurl stays inside curl_*.cpp.
//
// Thread: everything on the thread of the executor's io_context. Lifetime: the client lives as long as its
// io_context (http_client() makes it at first use); destroying a transfer cancels it, its connection is
// closed (HTTP/1.1) or its stream reset (HTTP/2), and no listener call comes afterwards. Listener calls never
// come from inside start().
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "async/task.hpp"
#include "base/result.hpp"
#include "net/address_policy.hpp"
#include "net/headers.hpp"

namespace parley::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // http(s)://[user:pass@]host[:port]/path?query; user:pass becomes Basic authorisation
  HeaderList headers;
  std::string body;
  std::chrono::milliseconds connect_deadline{5'000};  // name, TCP and TLS
  std::chrono::milliseconds head_deadline{30'000};    // start to the response's head
  std::chrono::milliseconds idle_deadline{30'000};    // between two pieces of the body
  std::chrono::milliseconds deadline{600'000};        // for everything
  // Where it may go; nullptr: anywhere. Checked on the address that is connected to, behind the name's
  // resolution, so a name that changes its mind is caught. A pooled connection is only used by requests of
  // the same policy. Such a request never goes through a proxy (http_proxy …), which would connect unchecked.
  std::shared_ptr<const AddressPolicy> policy;
  // More of a body fails the transfer; what a listener gets in pieces counts too.
  std::size_t max_body_bytes = 64 * 1024 * 1024;
  // For what must not happen twice, whatever the method: it gets a connection of its own. On a pooled one
  // curl sends a request anew when the server closes without an answer, though the server may have acted on
  // it.
  bool only_once = false;
};

struct ResponseHead {
  int status = 0;
  HeaderList headers;
};

class ResponseListener {
 public:
  virtual ~ResponseListener() = default;
  virtual void on_response_head(const ResponseHead& head) = 0;
  virtual void on_response_body(std::string_view bytes) = 0;  // valid during the call
  virtual void on_response_end() = 0;                         // last call: the body was complete
  // Last call. Errc::unavailable: no connection, or it broke; timeout: one of the deadlines (the message says
  // which); protocol: not HTTP, or TLS that does not verify; invalid_argument: the URL. The message holds the
  // address without credentials and query.
  virtual void on_response_failed(Error error) = 0;
};

class HttpTransfer {
 public:
  virtual ~HttpTransfer() = default;
  virtual std::chrono::steady_clock::time_point started_at() const = 0;
  // When a connection was there and the request went to it. Known from on_response_head on; after a failure
  // it tells whether anything can have left: a default time_point says that nothing has.
  virtual std::chrono::steady_clock::time_point written_at() const = 0;
  // A connection that was open before served it. Known from on_response_head on.
  virtual bool reused_connection() const = 0;
};

struct Response {
  int status = 0;
  HeaderList headers;
  std::string body;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  // The listener outlives the transfer. Redirects are not followed; bodies are decompressed.
  virtual std::unique_ptr<HttpTransfer> start(ClientRequest request, ResponseListener& listener) = 0;
  // Opens a connection to the address' host (name, TCP, TLS) unless a usable one rests in the pool or is
  // being warmed, and leaves it there. Failures are silent: the request that comes says what is wrong. What
  // is sent is a HEAD request for "/" without headers of ours, whose answer is dropped: curl pools only
  // connections that carried a request.
  virtual void warm(std::string_view url) = 0;

  // For metrics and for tests that look for leaks. Requests of our own count too: warming, and the one that
  // follows a cancelled HTTP/2 request within a moment to make curl send its reset.
  virtual std::size_t transfers() const = 0;
  virtual std::size_t open_sockets() const = 0;  // pooled idle ones included
};

HttpClient& http_client(async::Executor executor);

// The whole answer at once, any status. Cancelling the awaiting coroutine cancels the request.
async::Task<Result<Response>> fetch(async::Executor executor, ClientRequest request);
// Tells of a failure whether the request can have reached the server; `may_have_left` outlives the awaiting.
async::Task<Result<Response>> fetch(async::Executor executor, ClientRequest request, bool& may_have_left);

// For all clients of the process, WebSockets too; call before the first is used. A PEM file of authorities
// that are trusted besides the system's.
Result<void> trust_authorities(const std::string& pem_file);

// application/x-www-form-urlencoded escaping of one value (RFC 3986 unreserved characters stay).
std::string url_encode(std::string_view text);

// A multipart/form-data body (RFC 7578). Values and names are written as they are; a boundary that occurs in
// no part is chosen.
struct FormPart {
  std::string name;
  std::string value;
  std::string file_name;     // empty: a plain field
  std::string content_type;  // empty: none said
};
struct FormBody {
  std::string content_type;  // with the boundary
  std::string body;
};
FormBody make_form(const std::vector<FormPart>& parts);

}  // namespace parley::net
