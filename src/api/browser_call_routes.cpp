#include "api/browser_call_routes.hpp"

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include "api/call_socket.hpp"
#include "api/client_address.hpp"
#include "api/cors.hpp"
#include "api/handler_support.hpp"
#include "api/json_out.hpp"
#include "async/signal.hpp"
#include "base/log.hpp"
#include "engine/end_reason.hpp"
#include "media/browser_codec.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using Dependencies = std::shared_ptr<const BrowserSocketDependencies>;

const log::Logger kLog("api");

constexpr std::string_view kSocketPath = "/api/v1/browser-calls/socket/";
constexpr int kFullForSeconds = 5;
// A call that another connection takes over ends at once where it is; a shard that is late has so long.
constexpr std::chrono::seconds kHandedOverWithin{2};

// The call is announced.

ApiResult announce(const BrowserCallRoutesDependencies& d, const ApiRequest& request) {
  if (d.registry.draining())
    return std::unexpected(unavailable("the server is going down: try again in a moment", kFullForSeconds));
  if (!d.registry.accepts_calls()) {
    return std::unexpected(unavailable(
        "as many calls are going on as this server takes: try again in a moment", kFullForSeconds));
  }
  auto variables = variables_of(request.body);
  if (!variables) return std::unexpected(std::move(variables.error()));
  control::BrowserCallRequest call;
  call.workspace_id = request.workspace();
  call.agent = text_member(request.body, "agent").value_or("");
  call.draft = bool_member(request.body, "draft").value_or(false);
  call.session_id = text_member(request.body, "sessionId").value_or("");
  call.variables = std::move(*variables);
  if (request.principal.kind == control::Principal::Kind::user) call.caller = request.principal.name;
  call.local = request.principal.kind == control::Principal::Kind::local;
  if (call.draft && !control::may(request.principal, "agents", control::AccessLevel::read))
    return std::unexpected(forbidden("a draft needs the right agents:read"));
  auto ticket = d.calls.announce(std::move(call));
  if (!ticket) {
    if (ticket.error().code != Errc::not_found) return std::unexpected(problem_of(ticket.error()));
    Problem problem = not_found("agent");
    problem.detail = ticket.error().message;
    return std::unexpected(std::move(problem));
  }
  ApiAnswer answer = json_answer(json::object{{"sessionId", ticket->session_id},
                                              {"agent", ticket->agent},
                                              {"socketPath", std::string(kSocketPath) + ticket->token},
                                              {"expiresAt", utc_time(ticket->expires_at)}});
  answer.status = 201;
  answer.keep = false;  // who reads the token may speak in the call
  answer.audit_target = "session " + ticket->session_id;
  return answer;
}

// Its socket.

class BrowserLink final : public SocketLink {
 public:
  using SocketLink::SocketLink;
  void started(const media::BrowserStarted& started) {
    media::encode_browser_started(started, message_);
    send_text(message_);
    started_ = true;
  }
  // A page reads why a call is over from a message; close codes and reasons are for what went wrong. Where
  // the server breaks off what may go on, there is no such message: the page is to come back.
  void close(media::LinkClose why, std::string_view reason) override {
    if (reason == engine::to_string(engine::EndReason::stream_lost)) why = media::LinkClose::going_away;
    if (std::exchange(started_, false) && why != media::LinkClose::going_away) {
      media::encode_browser_ended(reason, message_);
      send_text(message_);
    }
    SocketLink::close(why, reason);
  }

 private:
  std::string message_;
  bool started_ = false;
};

// The browser has come back before the server noticed that it was gone: what was said in the connection
// before is known once that one has ended.
async::Task<> end_running(Dependencies d, const control::BrowserCall& call, async::Executor executor) {
  const auto running = d->calls.running(call);
  if (!running) co_return;
  const auto over = std::make_shared<async::Signal>(executor);
  d->registry.command(
      *running, [](engine::Call& one) { return one.hang_up(std::string(control::kTakenUp)); },
      [over, executor](const Result<void>&) { async::asio::post(executor, [over] { over->notify(); }); });
  co_await over->wait_for(kHandedOverWithin);
}

// Everything of one call lives in this coroutine's frame, on its shard, and is gone when it returns.
async::Task<> serve_call(Dependencies d, std::shared_ptr<engine::CallRegistry::Place> place,
                         std::shared_ptr<const control::BrowserCall> announced,
                         std::unique_ptr<net::WebSocket> socket) {
  const async::Executor executor = place->shard().executor();
  co_await end_running(d, *announced, executor);
  BrowserLink link(*socket);
  const engine::ChooseAgent choose = [d, announced, &link](const media::StreamStart& start) {
    auto chosen = d->calls.begin(*announced);
    if (chosen)
      link.started({announced->session_id, chosen->call_id, chosen->agent->name, start.sample_rate_hz});
    return chosen;
  };
  const engine::MakeCodec make_codec = [] { return media::make_browser_codec(); };
  const auto call = d->make_call(make_codec, executor, link, control::kBrowserCarrier, choose);
  co_await run_call(*place, *call, *socket);
}

// A page of ours, or one that may use the API; whoever is no page at all says nothing.
bool may_open(const BrowserSocketDependencies& d, const net::HttpRequest& request,
              const control::BrowserCall& call) {
  const std::string_view origin = request.header("origin");
  control::Principal principal;
  if (call.local) principal.kind = control::Principal::Kind::local;
  return control::is_csrf_safe("POST", "", principal, origin, asked_host(request, d.trusted_proxies)) ||
         Cors(d.cors_origins).allows(origin);
}

UpgradeDecision open_socket(const Dependencies& d, const net::HttpRequest& request,
                            const PathParameters& parameters) {
  const auto refuse = [&](Problem problem) {
    kLog.warn("browser call refused: {}", problem.detail);
    return to_response(problem);
  };
  const std::string& token = parameters.find("token")->second;
  const auto announced = d->calls.find(token);
  if (!announced) {
    d->registry.count_refused("access");
    return refuse(forbidden("this address was used before or is too old: ask for another one"));
  }
  if (!may_open(*d, request, *announced)) {
    d->registry.count_refused("access");
    return refuse(forbidden("a page of this origin may not open calls here (api.cors_origins)"));
  }
  auto place = d->registry.place();
  if (!place) return refuse(unavailable(place.error().message, kFullForSeconds));
  auto opened = d->calls.open(token);
  if (!opened) return refuse(forbidden("this address was used before: ask for another one"));
  net::WebSocketOptions socket;
  socket.max_message_bytes = media::kMostBrowserFrame;
  return net::Upgrade{
      (*place)->shard().context(),
      socket,
      [d, place = *place, call = std::make_shared<const control::BrowserCall>(std::move(*opened))](
          std::unique_ptr<net::WebSocket> accepted) {
        return serve_call(d, place, call, std::move(accepted));
      },
      {}};
}

}  // namespace

void add_browser_call_routes(Api& api, BrowserCallRoutesDependencies dependencies) {
  api.on("createBrowserCall",
         [dependencies](const ApiRequest& request) { return announce(dependencies, request); });
}

void add_browser_socket(Router& router, BrowserSocketDependencies dependencies) {
  const auto d = std::make_shared<const BrowserSocketDependencies>(std::move(dependencies));
  router.upgrade(std::string(kSocketPath) + "{token}",
                 [d](const net::HttpRequest& request, const PathParameters& parameters) {
                   return open_socket(d, request, parameters);
                 });
}

}  // namespace parley::api
