// The dispatcher. Everything that may block for one request (who is it, the handler, its audit row) is one
// job on the pool; what the control context knows without waiting is decided before it.
#include "api/api.hpp"

#include <algorithm>
#include <typeinfo>
#include <utility>

#include <boost/system/system_error.hpp>
#include <fmt/format.h>

#include "api/api_probe.hpp"
#include "api/blocking_work.hpp"
#include "api/client_address.hpp"
#include "api/client_limit.hpp"
#include "api/cors.hpp"
#include "api/idempotency.hpp"
#include "api/request_gate.hpp"
#include "api/route_table.hpp"
#include "async/on_pool.hpp"
#include "async/on_pool_within.hpp"
#include "base/log.hpp"

namespace parley::api {
namespace {

const log::Logger kLog("api");

struct Handler {
  BlockingHandler blocking;
  StreamingHandler streaming;
  SocketHandler socket;

  bool any() const { return blocking || streaming || socket; }
};

std::string allowed_methods(const RouteTable::Match& match) {
  std::string list;
  for (const auto& [method, operation] : match.by_method)
    list += method == "GET" ? "GET, HEAD, " : method + ", ";
  return list + "OPTIONS";
}

}  // namespace

struct Api::Impl {
  explicit Impl(ApiDependencies dependencies)
      : d(std::move(dependencies)),
        cors(d.options.cors_origins),
        gate(*d.description, d.access, cors, d.options),
        blocking_work(gate, d.store, d.clock),
        idempotency(d.store, d.clock),
        probe(d.registry, d.description->operations()),
        limit(d.clock, d.options.requests_per_second),
        handlers(d.description->operations().size()) {
    for (std::size_t i = 0; i < handlers.size(); ++i)
      routes.add(d.description->operations()[i], i);
  }

  // A request that has found its operation.
  struct Routed {
    std::size_t number = ApiProbe::kNoOperation;
    Incoming incoming;
    std::string origin;
    bool compatible = false;
  };

  Handler& handler_of(std::string_view operation);
  // An answer when the request does not come as far as an operation.
  std::optional<net::HttpResponse> route(net::HttpRequest request, bool upgrade, Routed& routed);
  async::Task<RequestGate::Answer> admit(Incoming incoming, bool may_block);
  async::Task<net::HttpResponse> answer(Routed& routed);
  async::Task<net::HttpResponse> answer_blocking(Incoming incoming, const Handler& handler);
  async::Task<net::HttpResponse> answer_streaming(Incoming incoming, const Handler& handler);
  void audit(std::shared_ptr<const ApiRequest> request);
  // Of a handler that has begun: a client that goes away in the middle leaves its audit row all the same.
  struct Trace {
    Impl& api;
    std::shared_ptr<const ApiRequest> of;  // nullptr: there is nothing to be told

    ~Trace() {
      if (of) api.audit(std::move(of));
    }
  };
  // Of a request with an Idempotency-Key whose handler does not block.
  struct OnceKey {
    std::string key;  // empty: none was sent
    std::string path;
    std::string query;
    std::string fingerprint;  // empty: nothing was begun
  };
  // An answer: the first one's, or why not.
  async::Task<std::optional<net::HttpResponse>> begin_once(std::shared_ptr<const ApiRequest> request,
                                                           OnceKey& once);
  async::Task<> finish_once(std::shared_ptr<const ApiRequest> request, const OnceKey& once,
                            const net::HttpResponse& response);
  async::Task<net::UpgradeAnswer> answer_socket(Incoming incoming, const Handler& handler);

  void finish(const Routed& routed, net::HttpResponse& response, SteadyTime began);

  ApiDependencies d;
  Cors cors;
  RequestGate gate;
  BlockingWork blocking_work;
  Idempotency idempotency;
  ApiProbe probe;
  ClientLimit limit;
  RouteTable routes;
  std::vector<Handler> handlers;         // by the operation's number
  std::vector<std::string> undescribed;  // operations that handlers were given for
  Handler nowhere;
};

Handler& Api::Impl::handler_of(std::string_view operation) {
  const Operation* found = d.description->find(operation);
  if (found == nullptr) {
    undescribed.emplace_back(operation);
    return nowhere;
  }
  return handlers[static_cast<std::size_t>(found - d.description->operations().data())];
}

std::optional<net::HttpResponse> Api::Impl::route(net::HttpRequest request, bool upgrade, Routed& routed) {
  routed.origin = request.header("origin");
  Incoming& incoming = routed.incoming;
  incoming.address = client_address(request, d.options.trusted_proxies);
  incoming.host = asked_host(request, d.options.trusted_proxies);
  incoming.secure = came_secure(request, d.options.trusted_proxies);
  incoming.upgrade = upgrade;
  const std::string method = request.method == "HEAD" ? "GET" : request.method;
  auto match = routes.find(method, request.path);
  if (match) {
    // Of a path all of whose operations are so, also for methods that it does not take.
    routed.compatible = d.description->operations()[match->by_method.begin()->second].compatible;
    if (auto preflight = cors.preflight(request, allowed_methods(*match))) return preflight;
  }
  if (auto problem = limit.take(request, incoming.address)) return to_response(*problem, routed.compatible);
  if (!match)
    return to_response(not_found("nothing is at this address: /api/v1/openapi.json lists what there is"));
  const auto operation = match->by_method.find(method);
  if (operation == match->by_method.end())
    return to_response(method_not_allowed(allowed_methods(*match)), routed.compatible);
  routed.number = operation->second;
  incoming.operation = &d.description->operations()[routed.number];
  incoming.path = std::move(match->parameters);
  incoming.request = std::move(request);
  if (incoming.request.body.size() > incoming.operation->body_limit)
    return to_response(too_large(incoming.operation->body_limit), routed.compatible);
  return std::nullopt;
}

async::Task<RequestGate::Answer> Api::Impl::admit(Incoming incoming, bool may_block) {
  if (!may_block) co_return gate.admit_nobody(std::move(incoming));
  const auto shared = std::make_shared<Incoming>(std::move(incoming));
  std::function<RequestGate::Answer()> job = [this, shared] { return gate.admit(std::move(*shared)); };
  auto admitted = co_await async::on_pool_within<RequestGate::Answer>(
      d.control.get_executor(), d.pool, d.options.handler_deadline, std::move(job));
  if (!admitted) co_return std::unexpected(unavailable("the server is busy: try again in a moment"));
  co_return std::move(*admitted);
}

async::Task<net::HttpResponse> Api::Impl::answer_blocking(Incoming incoming, const Handler& handler) {
  const bool compatible = incoming.operation->compatible;
  const std::string& id = incoming.operation->id;
  const auto shared = std::make_shared<Incoming>(std::move(incoming));
  std::function<net::HttpResponse()> job = [this, shared, &handler] {
    return blocking_work.answer(std::move(*shared), handler.blocking);
  };
  auto response = co_await async::on_pool_within<net::HttpResponse>(
      d.control.get_executor(), d.pool, d.options.handler_deadline, std::move(job));
  if (response) co_return std::move(*response);
  if (response.error().code == Errc::timeout) kLog.warn("operation {} was not done in time", id);
  co_return to_response(unavailable("the server is busy: try again in a moment"), compatible);
}

async::Task<net::HttpResponse> Api::Impl::answer_streaming(Incoming incoming, const Handler& handler) {
  const Operation& operation = *incoming.operation;
  const bool may_block = !operation.is_public || credentials_of(incoming.request).any();
  OnceKey once{.key = operation.method == "POST" ? std::string(incoming.request.header("idempotency-key"))
                                                 : std::string(),
               .path = incoming.request.path,
               .query = incoming.request.query,
               .fingerprint = {}};
  auto admitted = co_await admit(std::move(incoming), may_block);
  if (!admitted) co_return to_response(admitted.error(), operation.compatible);
  const std::shared_ptr<const ApiRequest>& request = *admitted;
  if (auto answered = co_await begin_once(request, once)) co_return std::move(*answered);
  Trace trace{*this, operation.audited ? request : nullptr};
  auto response = co_await handler.streaming(request);
  co_await finish_once(request, once, response);
  // What is acknowledged stands in the audit log.
  if (trace.of && response.status < 400) {
    const auto written =
        co_await async::on_pool<bool>(d.control.get_executor(), d.pool, [this, request]() -> Result<bool> {
          blocking_work.audit(*request);
          return true;
        });
    if (!written) kLog.error("no audit row for operation {}: {}", operation.id, describe(written.error()));
  }
  trace.of = nullptr;
  co_return response;
}

void Api::Impl::audit(std::shared_ptr<const ApiRequest> request) {
  const std::string& id = request->operation->id;
  // A full pool must not undo what has been done.
  const auto taken = d.pool.submit(
      [this, request](const async::BlockingPool::JobContext&) { blocking_work.audit(*request); });
  if (!taken) kLog.error("no audit row for operation {}: {}", id, describe(taken.error()));
}

async::Task<std::optional<net::HttpResponse>> Api::Impl::begin_once(std::shared_ptr<const ApiRequest> request,
                                                                    OnceKey& once) {
  if (once.key.empty()) co_return std::nullopt;
  const bool compatible = request->operation->compatible;
  if (!Idempotency::is_key(once.key)) {
    co_return to_response(
        validation_failed({{"/header/Idempotency-Key", "must be 1 to 255 visible characters"}}), compatible);
  }
  once.fingerprint = Idempotency::fingerprint(*request, once.path, once.query);
  using Begun = std::variant<std::monostate, net::HttpResponse, Problem>;
  auto begun = co_await async::on_pool<Begun>(
      d.control.get_executor(), d.pool,
      [this, request, key = once.key, print = once.fingerprint]() -> Result<Begun> {
        return idempotency.begin(*request, key, print);
      });
  if (!begun) co_return to_response(problem_of(begun.error()), compatible);
  if (auto* replayed = std::get_if<net::HttpResponse>(&*begun)) co_return std::move(*replayed);
  if (const auto* problem = std::get_if<Problem>(&*begun)) co_return to_response(*problem, compatible);
  co_return std::nullopt;
}

async::Task<> Api::Impl::finish_once(std::shared_ptr<const ApiRequest> request, const OnceKey& once,
                                     const net::HttpResponse& response) {
  if (once.fingerprint.empty()) co_return;
  // What is streamed is gone when it has been sent: that it was done is all that can be told again.
  net::HttpResponse kept;
  kept.status = response.status;
  kept.content_type = response.content_type;
  kept.headers = response.headers;
  kept.body = response.body;
  const bool keep = response.source == nullptr;
  const auto done =
      co_await async::on_pool<bool>(d.control.get_executor(), d.pool,
                                    [this, request, once, kept = std::move(kept), keep]() -> Result<bool> {
                                      idempotency.finish(*request, once.key, once.fingerprint, kept, keep);
                                      return true;
                                    });
  if (!done) kLog.error("an answer could not be kept: {}", describe(done.error()));
}

async::Task<net::UpgradeAnswer> Api::Impl::answer_socket(Incoming incoming, const Handler& handler) {
  const bool compatible = incoming.operation->compatible;
  auto admitted = co_await admit(std::move(incoming), true);
  if (!admitted) co_return to_response(admitted.error(), compatible);
  co_return co_await handler.socket(*admitted);
}

async::Task<net::HttpResponse> Api::Impl::answer(Routed& routed) {
  const Handler& handler = handlers[routed.number];
  const bool compatible = routed.compatible;
  try {
    if (handler.blocking) co_return co_await answer_blocking(std::move(routed.incoming), handler);
    if (handler.streaming) co_return co_await answer_streaming(std::move(routed.incoming), handler);
  } catch (const boost::system::system_error& error) {
    // The client is gone: whoever runs this coroutine wants to know.
    if (error.code() == async::asio::error::operation_aborted) throw;
    kLog.error("operation {} threw {}", d.description->operations()[routed.number].id, typeid(error).name());
    co_return to_response(internal_problem(), compatible);
  } catch (const std::exception& error) {
    kLog.error("operation {} threw {}", d.description->operations()[routed.number].id, typeid(error).name());
    co_return to_response(internal_problem(), compatible);
  }
  if (!handler.socket) co_return to_response(internal_problem(), compatible);
  Problem problem{.status = 426,
                  .type = "upgrade-required",
                  .title = "This address is a WebSocket.",
                  .detail = "connect with ws:// or wss://",
                  .errors = {},
                  .headers = {{"Upgrade", "websocket"}}};
  co_return to_response(problem, compatible);
}

void Api::Impl::finish(const Routed& routed, net::HttpResponse& response, SteadyTime began) {
  cors.mark(routed.origin, response);
  const bool says = std::ranges::any_of(response.headers,
                                        [](const auto& header) { return header.first == "Cache-Control"; });
  if (!says) response.headers.emplace_back("Cache-Control", "no-store");
  add_security_headers(response, routed.incoming.secure);
  probe.count(routed.number, response.status, d.clock.now() - began);
}

Api::Api(ApiDependencies dependencies) : impl_(std::make_unique<Impl>(std::move(dependencies))) {}
Api::~Api() = default;

void Api::on(std::string_view operation, BlockingHandler handler) {
  impl_->handler_of(operation).blocking = std::move(handler);
}

void Api::on_stream(std::string_view operation, StreamingHandler handler) {
  impl_->handler_of(operation).streaming = std::move(handler);
}

void Api::on_socket(std::string_view operation, SocketHandler handler) {
  impl_->handler_of(operation).socket = std::move(handler);
}

Result<void> Api::complete() const {
  std::vector<std::string> missing;
  for (std::size_t i = 0; i < impl_->handlers.size(); ++i) {
    if (!impl_->handlers[i].any()) missing.push_back(impl_->d.description->operations()[i].id);
  }
  if (!missing.empty())
    return fail(Errc::internal, fmt::format("operations without a handler: {}", fmt::join(missing, ", ")));
  if (!impl_->undescribed.empty())
    return fail(Errc::internal,
                fmt::format("handlers without an operation: {}", fmt::join(impl_->undescribed, ", ")));
  return {};
}

bool Api::knows(std::string_view path) const {
  return impl_->routes.find("GET", path).has_value();
}

std::size_t Api::body_limit(std::string_view method, std::string_view path) const {
  const auto match = impl_->routes.find(method, path);
  if (!match) return 0;
  const auto operation = match->by_method.find(method);
  return operation == match->by_method.end()
             ? 0
             : impl_->d.description->operations()[operation->second].body_limit;
}

net::HttpResponse Api::refuse(const net::HttpRequest& request, const net::HttpResponse& plain) const {
  Impl::Routed routed;
  routed.origin = request.header("origin");
  routed.incoming.secure = came_secure(request, impl_->d.options.trusted_proxies);
  if (const auto match = impl_->routes.find(request.method, request.path))
    routed.compatible = impl_->d.description->operations()[match->by_method.begin()->second].compatible;
  net::HttpResponse response = to_response(refused_early(plain.status, plain.body), routed.compatible);
  impl_->finish(routed, response, impl_->d.clock.now());
  return response;
}

async::Task<net::HttpResponse> Api::handle(net::HttpRequest request) {
  const SteadyTime began = impl_->d.clock.now();
  Impl::Routed routed;
  auto early = impl_->route(std::move(request), false, routed);
  net::HttpResponse response;
  if (early) {
    response = std::move(*early);
  } else {
    response = co_await impl_->answer(routed);
  }
  impl_->finish(routed, response, began);
  co_return response;
}

async::Task<net::UpgradeAnswer> Api::handle_upgrade(net::HttpRequest request) {
  const SteadyTime began = impl_->d.clock.now();
  Impl::Routed routed;
  auto early = impl_->route(std::move(request), true, routed);
  if (!early && !impl_->handlers[routed.number].socket)
    early = to_response(not_found("no WebSocket is at this address"), routed.compatible);
  if (early) {
    impl_->finish(routed, *early, began);
    co_return std::move(*early);
  }
  const Handler& handler = impl_->handlers[routed.number];
  auto answer = co_await impl_->answer_socket(std::move(routed.incoming), handler);
  if (auto* refusal = std::get_if<net::HttpResponse>(&answer)) {
    impl_->finish(routed, *refusal, began);
  } else {
    impl_->probe.count(routed.number, 101, impl_->d.clock.now() - began);
  }
  co_return answer;
}

}  // namespace parley::api
