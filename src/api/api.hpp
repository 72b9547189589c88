// From an HTTP request to a handler and back: who is asking, may they, is the request well formed, was it
// sent before; and on every answer the headers that browsers want.
//
// Order for each request: CORS preflight → rate limit → route (404, 405 with Allow) → who (cookie, bearer
// key, or local without login) → may they (401, 403) → CSRF for cookies → parameters and body (400, 413, 415)
// → Idempotency-Key of POST → handler → audit of everything that changed something → ETag / If-None-Match.
//
// Thread: handle() on the control context; blocking handlers on the pool, at once also several; streaming
// ones on the control context. Lifetime: what the dependencies name outlives it, and the pool is stopped
// before it goes.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include <boost/json/value.hpp>

#include "api/openapi.hpp"
#include "api/problem.hpp"
#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/metrics.hpp"
#include "control/access.hpp"
#include "net/http_server.hpp"
#include "settings/ip_allow_list.hpp"
#include "storage/cache.hpp"
#include "storage/control_store.hpp"

namespace parley::api {

// The cookie with a login's token.
inline constexpr std::string_view kSessionCookie = "parley_session";

// What a handler gets. Everything in it has been checked against the description.
struct ApiRequest {
  const Operation* operation = nullptr;
  control::Principal principal;  // of a public operation: nobody, unless somebody is logged in
  OpenApi::Values path;
  OpenApi::Values query;     // defaults filled in
  boost::json::value body;   // null: none
  std::string content_type;  // of the body
  std::string raw_body;
  std::int64_t if_match = 0;  // 0: not given
  std::string address;        // the client's, behind trusted proxies
  std::string range;          // the Range header
  std::string accept;         // the Accept header
  std::string last_event_id;  // of a client that comes back to a stream of events
  std::string cookie;         // the session's token, empty: none
  bool secure = false;        // https, also by a trusted proxy's word
  std::string base_url;       // public_url, or how the request reached us
  // Would the same be let in now? For streams, which go on when a key is revoked or a user dismissed. Blocks.
  std::function<bool()> still_may = [] { return true; };

  const std::string& workspace() const { return principal.workspace_id; }
  const std::string& id(std::string_view name) const { return path.find(name)->second; }
};

struct ApiAnswer {
  int status = 200;
  boost::json::value body;  // null and no text: no content
  std::string text;         // instead of body, with its own type
  std::string content_type = "application/json";
  std::int64_t etag = 0;  // > 0: sent as the ETag
  std::vector<std::pair<std::string, std::string>> headers;
  std::string audit_target;  // what was changed: "agent 01H…"
  std::string audit_detail;  // JSON; never a secret
  // Of public operations, whose principal is nobody: where the audit row belongs; empty: none is written.
  std::string audit_workspace;
  std::string audit_actor;
  // false: it holds a secret that is shown once. A request sent again with the same Idempotency-Key is told
  // that it was done, without the answer.
  bool keep = true;
};
using ApiResult = std::expected<ApiAnswer, Problem>;

// Blocks: on the pool.
using BlockingHandler = std::function<ApiResult(const ApiRequest&)>;
// On the control context: streams, chats, live calls. Destroyed when the client goes away. An audit row names
// the path's parameters.
using StreamingHandler = std::function<async::Task<net::HttpResponse>(std::shared_ptr<const ApiRequest>)>;
// A WebSocket of the API; checked like a GET of the operation.
using SocketHandler = std::function<async::Task<net::UpgradeAnswer>(std::shared_ptr<const ApiRequest>)>;

struct ApiOptions {
  std::string public_url;                 // empty: as the request's Host says
  std::vector<std::string> cors_origins;  // exact origins, or "*" (then without cookies)
  settings::IpAllowList trusted_proxies;
  bool listens_on_loopback = true;
  int requests_per_second = 50;  // for each key or address, bursts of four times as many; 0: no limit
  std::chrono::milliseconds handler_deadline{15'000};  // of blocking ones
};

struct ApiDependencies {
  std::shared_ptr<const OpenApi> description;
  control::Access& access;
  storage::ControlStore& store;
  storage::Cache& cache;
  async::BlockingPool& pool;
  async::asio::io_context& control;
  const Clock& clock;
  metrics::Registry& registry;
  ApiOptions options;
};

class Api {
 public:
  explicit Api(ApiDependencies dependencies);
  ~Api();

  // At start-up, by operationId.
  void on(std::string_view operation, BlockingHandler handler);
  void on_stream(std::string_view operation, StreamingHandler handler);
  void on_socket(std::string_view operation, SocketHandler handler);
  // Every operation has its handler and every handler its operation: else Errc::internal with the names.
  Result<void> complete() const;

  // Does a path belong to the API at all? The rest of the router asks first.
  bool knows(std::string_view path) const;
  async::Task<net::HttpResponse> handle(net::HttpRequest request);
  async::Task<net::UpgradeAnswer> handle_upgrade(net::HttpRequest request);
  std::size_t body_limit(std::string_view method, std::string_view path) const;
  // The server's own refusal of a request that did not come here whole, as a problem document.
  net::HttpResponse refuse(const net::HttpRequest& request, const net::HttpResponse& plain) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Security headers that every answer of the server carries: CSP, nosniff, frame, referrer; HSTS when secure.
void add_security_headers(net::HttpResponse& response, bool secure);

}  // namespace parley::api
