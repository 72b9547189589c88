// What happens in calls and chats, as server-sent events and over a WebSocket.
#include <fmt/format.h>

#include "api/call_routes.hpp"
#include "api/handler_support.hpp"
#include "async/on_pool.hpp"
#include "async/task_group.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"

namespace parley::api {
namespace {

using Dependencies = std::shared_ptr<const CallRoutesDependencies>;

constexpr std::chrono::seconds kQuiet{15};

control::EventFilter filter_of(const ApiRequest& request) {
  control::EventFilter filter;
  filter.workspace_id = request.workspace();
  filter.call_id = query_value(request, "callId").value_or("");
  filter.session_id = query_value(request, "sessionId").value_or("");
  const std::string types = query_value(request, "types").value_or("");
  std::string_view rest = types;
  while (!rest.empty()) {
    const auto comma = std::min(rest.find(','), rest.size());
    if (comma > 0) filter.types.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return filter;
}

// A stream outlives what let it in: its key may be revoked, its user dismissed.
class Admission {
 public:
  Admission(Dependencies d, std::shared_ptr<const ApiRequest> request)
      : d_(std::move(d)), request_(std::move(request)) {}

  async::Task<bool> holds() {
    const auto now = std::chrono::steady_clock::now();
    if (now - asked_at_ < kAskAgain) co_return true;
    asked_at_ = now;
    const auto holds = co_await async::on_pool<bool>(
        d_->executor, d_->pool, [request = request_]() -> Result<bool> { return request->still_may(); });
    co_return !holds || *holds;  // a full pool ends nothing
  }

 private:
  static constexpr std::chrono::seconds kAskAgain{10};
  Dependencies d_;
  std::shared_ptr<const ApiRequest> request_;
  std::chrono::steady_clock::time_point asked_at_ = std::chrono::steady_clock::now();
};

// Each event as it comes; a comment when nothing has come for a while, so that proxies keep the line.
class EventSource final : public net::BodySource {
 public:
  EventSource(std::unique_ptr<control::EventHub::Subscription> subscription, Admission admission)
      : subscription_(std::move(subscription)), admission_(std::move(admission)) {}

  async::Task<Result<std::optional<std::string>>> next() override {
    // The first bytes at once: the client knows that it is connected.
    if (!std::exchange(begun_, true)) co_return std::string(": connected\n\n");
    auto event = co_await subscription_->next_within(kQuiet);
    if (!co_await admission_.holds()) co_return std::optional<std::string>();
    if (event.quiet) co_return std::string(": still here\n\n");
    if (!event.event) co_return std::optional<std::string>();
    co_return fmt::format("id: {}\nevent: {}\ndata: {}\n\n", event.event->id, event.event->type,
                          control::to_json(*event.event));
  }

 private:
  std::unique_ptr<control::EventHub::Subscription> subscription_;
  Admission admission_;
  bool begun_ = false;
};

async::Task<net::HttpResponse> stream_events(Dependencies d, std::shared_ptr<const ApiRequest> request) {
  net::HttpResponse response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("X-Accel-Buffering", "no");
  response.source = std::make_shared<EventSource>(
      d->events.subscribe(d->executor, filter_of(*request), request->last_event_id), Admission(d, request));
  co_return response;
}

// What a client says is not looked at; pings are the socket's own business.
class Deaf final : public net::WebSocketListener {
 public:
  void on_text(std::string_view) override {}
  void on_binary(std::string_view) override {}
};

async::Task<> forward(control::EventHub::Subscription& subscription, Admission& admission,
                      net::WebSocket& socket) {
  while (true) {
    const auto next = co_await subscription.next_within(kQuiet);
    if (!next.event && !next.quiet) break;
    if (!co_await admission.holds()) {
      socket.close(net::CloseCode::policy, "not let in any more");
      co_return;
    }
    if (next.event) socket.send_text(control::to_json(*next.event));
  }
  socket.close(net::CloseCode::try_again_later, "too slow, or the server stops");
}

void report(const std::exception_ptr& failure) {
  if (!failure) return;
  static const log::Logger logger("api");
  logger.error("a socket of events failed: {}", exception_text(failure));
}

async::Task<> serve_socket(Dependencies d, std::shared_ptr<const ApiRequest> request,
                           std::unique_ptr<net::WebSocket> socket) {
  const auto subscription = d->events.subscribe(d->executor, filter_of(*request), request->last_event_id);
  Admission admission(d, request);
  async::TaskGroup group(d->executor, report);
  group.spawn(forward(*subscription, admission, *socket));
  Deaf deaf;
  co_await socket->run(deaf);
  group.cancel();
  co_await group.join();
}

async::Task<net::UpgradeAnswer> open_socket(Dependencies d, std::shared_ptr<const ApiRequest> request) {
  net::WebSocketOptions options;
  options.max_message_bytes = 4096;
  options.close_deadline = std::chrono::seconds(1);
  net::Upgrade upgrade{d->executor.context(),
                       options,
                       [d, request](std::unique_ptr<net::WebSocket> socket) {
                         return serve_socket(d, request, std::move(socket));
                       },
                       {}};
  co_return upgrade;
}

}  // namespace

void add_event_routes(Api& api, CallRoutesDependencies dependencies) {
  const auto d = std::make_shared<const CallRoutesDependencies>(std::move(dependencies));
  api.on_stream("streamEvents", [d](std::shared_ptr<const ApiRequest> request) {
    return stream_events(d, std::move(request));
  });
  api.on_socket("openEventSocket", [d](std::shared_ptr<const ApiRequest> request) {
    return open_socket(d, std::move(request));
  });
}

}  // namespace parley::api
