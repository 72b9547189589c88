#include "app/control_plane.hpp"

#include <future>
#include <memory>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
#include <fmt/format.h>

#include "api/access_routes.hpp"
#include "api/browser_call_routes.hpp"
#include "api/call_routes.hpp"
#include "api/check_routes.hpp"
#include "api/choice_routes.hpp"
#include "api/core_routes.hpp"
#include "api/dial_routes.hpp"
#include "api/front.hpp"
#include "api/overview_routes.hpp"
#include "api/session_routes.hpp"
#include "api/settings_routes.hpp"
#include "api/telephony_routes.hpp"
#include "api/webhook_routes.hpp"
#include "app/call_observers.hpp"
#include "app/recordings.hpp"
#include "async/on_pool.hpp"
#include "async/sleep.hpp"
#include "async/task_group.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/access.hpp"
#include "control/call_events.hpp"
#include "control/chat.hpp"
#include "control/event_hub.hpp"
#include "control/live_calls.hpp"
#include "control/overview.hpp"
#include "control/request_origin.hpp"
#include "control/retention.hpp"
#include "control/webhook_sender.hpp"
#include "storage/cache.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("app");
constexpr std::chrono::seconds kFollowEvery{5};
// A socket gives its peer a second to answer its close.
constexpr std::chrono::milliseconds kGoodbyes{2'000};
constexpr std::chrono::milliseconds kRowWritten{1'000};
// Who asks for a list can wait a little; who speaks on the phone cannot.
constexpr int kBehindCalls = 10;

void log_failure(const std::exception_ptr& failure) {
  kLog.error("a task of the control plane ended with an exception: {}", exception_text(failure));
}

bool listens_on_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

api::ApiOptions api_options(const settings::Settings& settings) {
  return {.public_url = settings.public_url,
          .cors_origins = settings.api.cors_origins,
          .trusted_proxies = settings.stream.trusted_proxies,
          .listens_on_loopback = listens_on_loopback(settings.listen.host),
          .requests_per_second = settings.api.requests_per_second};
}

std::vector<std::string> provider_names() {
  std::vector<std::string> names;
  for (const settings::VendorSetting& vendor : settings::vendor_settings())
    names.emplace_back(vendor.name);
  return names;
}

std::vector<std::string> providers_with_key(const settings::Settings& settings) {
  std::vector<std::string> names;
  for (const settings::VendorSetting& vendor : settings::vendor_settings()) {
    if (!(settings.vendors.*vendor.access).key.empty()) names.emplace_back(vendor.name);
  }
  return names;
}

}  // namespace

// In the order in which they need each other; destroyed in reverse.
struct ControlPlane::Parts {
  explicit Parts(ControlPlaneDependencies dependencies)
      : d(std::move(dependencies)),
        executor(d.control.get_executor()),
        cache(storage::make_memory_cache(d.clock)),
        // What a request asks of the database, and what chats, webhooks and sweeps do.
        api_pool({.name = "api", .threads = 4, .queue_limit = 1024, .niceness = kBehindCalls}),
        work_pool({.name = "control", .threads = 2, .queue_limit = 10'000, .niceness = kBehindCalls}),
        access(d.store, *cache, d.clock),
        events(d.clock),
        call_events(events),
        live_calls(executor),
        usage([this](const std::string& workspace, storage::WallMillis since, storage::WallMillis before,
                     storage::UsageGroup by) { return d.calls.sum_usage(workspace, since, before, by); },
              d.clock),
        overview({.calls = d.calls,
                  .store = d.store,
                  .usage = usage,
                  .clock = d.clock,
                  .public_url = d.settings.public_url,
                  .has_server_keys =
                      [this](const std::string& workspace) {
                        return (d.settings.vendors.shared || workspace == storage::kDefaultWorkspace) &&
                               !providers_with_key(d.settings).empty();
                      }}),
        webhooks({executor, work_pool, d.clock, d.store, d.vault, d.policy}),
        chats({executor, work_pool, d.clock, d.store, d.directory, events}),
        browser_calls({d.clock, d.store, d.calls, d.directory}),
        of_carriers({&call_events, &d.recordings}),
        group(executor, log_failure) {}

  Result<void> open() {
    auto opened = open_blob_store(d.settings, executor, work_pool, d.clock);
    if (!opened) return fail(std::move(opened.error()));
    blobs = std::move(*opened);
    retention = std::make_unique<control::Retention>(control::Retention::Dependencies{
        executor, work_pool, d.clock, d.calls, d.store, *blobs, d.settings.data_dir});
    auto composed = Telephony::make({.settings = d.settings,
                                     .clock = d.clock,
                                     .registry = d.registry,
                                     .executor = executor,
                                     .pool = work_pool,
                                     .calls = d.calls,
                                     .store = d.store,
                                     .vault = d.vault,
                                     .directory = d.directory,
                                     .events = events,
                                     .call_registry = d.call_registry,
                                     .observer = of_carriers,
                                     .transcribe = d.transcribe});
    if (!composed) return fail(std::move(composed.error()));
    telephony = std::move(*composed);
    auto read = api::OpenApi::load();
    if (!read) return fail(std::move(read.error()));
    description = std::move(*read);
    api = std::make_unique<api::Api>(api::ApiDependencies{description, access, d.store, *cache, api_pool,
                                                          d.control, d.clock, d.registry,
                                                          api_options(d.settings)});
    add_routes();
    if (auto complete = api->complete(); !complete) return complete;
    front = std::make_unique<api::Front>(*api, d.router, d.settings.stream.trusted_proxies);
    events.add_sink(webhooks.sink());
    return {};
  }

  void add_routes();
  Result<control::BookedCall> place(const control::DialRequest& request);
  api::SystemInfo system() const;
  async::Task<> follow_other_nodes();

  ControlPlaneDependencies d;
  async::Executor executor;
  std::unique_ptr<storage::Cache> cache;
  async::BlockingPool api_pool;
  async::BlockingPool work_pool;
  control::Access access;
  control::EventHub events;
  control::CallEvents call_events;
  control::LiveCalls live_calls;
  control::UsageBook usage;
  control::OverviewBook overview;
  control::WebhookSender webhooks;
  control::Chats chats;
  control::BrowserCalls browser_calls;
  CallObservers of_carriers;  // told of recordings that carriers have made
  std::unique_ptr<Telephony> telephony;
  std::unique_ptr<storage::BlobStore> blobs;
  std::unique_ptr<control::Retention> retention;
  std::shared_ptr<const api::OpenApi> description;
  std::unique_ptr<api::Api> api;
  std::unique_ptr<api::Front> front;
  async::TaskGroup group;
  const storage::WallMillis started_at = now_millis(d.clock);
};

// What another node has published, linked, keyed or priced is used here a little later.
async::Task<> ControlPlane::Parts::follow_other_nodes() {
  while (true) {
    co_await async::sleep_for(executor, kFollowEvery);
    auto read = co_await async::on_pool<bool>(executor, work_pool, [this]() -> Result<bool> {
      if (auto keys = d.keys_changed(); !keys) return fail(std::move(keys.error()));
      if (auto agents = d.directory.refresh(); !agents) return fail(std::move(agents.error()));
      if (auto prices = d.prices.refresh(); !prices) return fail(std::move(prices.error()));
      if (auto settings = d.redaction.refresh(); !settings) return fail(std::move(settings.error()));
      return true;
    });
    if (!read) kLog.warn("what other nodes changed cannot be read now: {}", read.error().message);
  }
}

api::SystemInfo ControlPlane::Parts::system() const {
  return {.version = PARLEY_VERSION,
          .public_url = d.settings.public_url,
          .database = d.settings.database_url.empty() ? "sqlite" : "postgres",
          .recordings = std::string(blobs->kind()),
          .calls_max = d.settings.calls.max,
          .calls_active = d.call_registry.active(),
          .draining = d.call_registry.draining(),
          .default_agent = d.default_agent,
          .started_at = started_at};
}

// Whoever is told of the call may look at it: its row is in the log by then, or the database is away.
Result<control::BookedCall> ControlPlane::Parts::place(const control::DialRequest& request) {
  auto booked = telephony->dialer().place(request);
  if (!booked) return booked;
  const auto written = std::make_shared<std::promise<void>>();
  d.calls.flush([written](const Result<void>&) { written->set_value(); });
  written->get_future().wait_for(kRowWritten);
  return booked;
}

void ControlPlane::Parts::add_routes() {
  add_core_routes(*api, description, PARLEY_VERSION);
  const api::AccessRoutesDependencies who{d.store, access, d.clock};
  add_login_routes(*api, who);
  add_user_routes(*api, who);
  add_agent_routes(*api, {d.store, d.directory, d.clock, d.providers});
  add_choice_routes(
      *api, {.providers = d.providers, .choices = vendor::ChoiceTable::bundled(), .notes = d.model_notes});
  add_overview_routes(
      *api, {.overview = overview, .live = live_calls, .clock = d.clock, .calls_max = d.settings.calls.max});
  add_check_routes(*api, {.store = d.store,
                          .checks = telephony->checks(),
                          .executor = executor,
                          .pool = api_pool,
                          .providers = provider_names(),
                          .check_key = d.check_key});
  const api::TelephonyRoutesDependencies numbers{d.store, d.directory, d.vault, d.clock};
  add_telephony_routes(*api, numbers);
  add_number_alias_routes(*api, numbers);
  const api::CallRoutesDependencies calls{.calls = d.calls,
                                          .blobs = *blobs,
                                          .registry = d.call_registry,
                                          .live = live_calls,
                                          .retention = *retention,
                                          .events = events,
                                          .executor = executor,
                                          .pool = api_pool,
                                          .data_dir = d.settings.data_dir,
                                          .cancel = api::waiting_cancel(executor, [this](std::string id) {
                                            return telephony->dialer().cancel(std::move(id));
                                          })};
  add_call_routes(*api, calls);
  add_dial_routes(*api, {.place = [this](const control::DialRequest& request) { return place(request); }});
  add_call_export_route(*api, calls);
  add_recording_route(*api, calls);
  add_event_routes(*api, calls);
  const api::SessionRoutesDependencies sessions{.store = d.store,
                                                .calls = d.calls,
                                                .directory = d.directory,
                                                .chats = chats,
                                                .retention = *retention,
                                                .executor = executor,
                                                .pool = api_pool,
                                                .clock = d.clock};
  add_session_routes(*api, sessions);
  add_chat_route(*api, sessions);
  add_browser_call_routes(*api, {browser_calls, d.call_registry});
  add_webhook_routes(*api, {.store = d.store,
                            .vault = d.vault,
                            .policy = *d.policy,
                            .clock = d.clock,
                            .changed = [this] { webhooks.webhooks_changed(); },
                            .due = [this] { async::asio::post(executor, [this] { webhooks.wake(); }); }});
  add_settings_routes(*api, {.store = d.store,
                             .usage = usage,
                             .directory = d.directory,
                             .prices = d.prices,
                             .vault = d.vault,
                             .policy = *d.policy,
                             .clock = d.clock,
                             .providers = provider_names(),
                             .server_providers = providers_with_key(d.settings),
                             .server_keys_shared = d.settings.vendors.shared,
                             .system = [this] { return system(); },
                             .keys_changed = d.keys_changed,
                             .settings_changed =
                                 [this](const std::string&) {
                                   if (auto read = d.redaction.refresh(); !read)
                                     kLog.error("settings of workspaces: {}", read.error().message);
                                 }});
}

ControlPlane::ControlPlane(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ControlPlane::~ControlPlane() = default;

Result<std::unique_ptr<ControlPlane>> ControlPlane::make(ControlPlaneDependencies dependencies) {
  auto parts = std::make_unique<Parts>(std::move(dependencies));
  if (auto opened = parts->open(); !opened) return fail(std::move(opened.error()));
  return std::unique_ptr<ControlPlane>(new ControlPlane(std::move(parts)));
}

std::vector<engine::CallObserver*> ControlPlane::observers() {
  return {&parts_->live_calls, &parts_->call_events, &parts_->telephony->desk().observer(),
          &parts_->browser_calls.observer()};
}

Telephony& ControlPlane::telephony() {
  return *parts_->telephony;
}

control::BrowserCalls& ControlPlane::browser_calls() {
  return parts_->browser_calls;
}

net::HttpHandlers ControlPlane::handlers() {
  return parts_->front->handlers();
}

void ControlPlane::start(const std::vector<std::string>& recovered) {
  parts_->webhooks.start();
  parts_->retention->start();
  parts_->telephony->start();
  // SQLite has one node only.
  if (!parts_->d.settings.database_url.empty()) parts_->group.spawn(parts_->follow_other_nodes());
  std::vector<storage::CallSummary> calls;
  for (const std::string& id : recovered) {
    if (auto call = parts_->d.calls.find_call(id)) calls.push_back(std::move(call->summary));
  }
  control::publish_recovered(parts_->events, calls);
}

Result<std::string> ControlPlane::welcome(const std::string& base_url) {
  auto has_owner = parts_->access.has_owner();
  if (!has_owner) return fail(std::move(has_owner.error()));
  if (*has_owner) return std::string();
  auto token = parts_->access.owner_link_token();
  if (!token) return fail(std::move(token.error()));
  return fmt::format("{}/invite/{}", base_url, *token);
}

void ControlPlane::close_streams() {
  parts_->events.close();
}

void ControlPlane::stop() {
  const auto finish = [this](async::Task<> task) {
    auto done = async::asio::co_spawn(parts_->executor, std::move(task), async::asio::use_future);
    parts_->d.control.restart();
    while (done.wait_for(std::chrono::seconds(0)) != std::future_status::ready) {
      if (parts_->d.control.run_one() == 0) parts_->d.control.restart();
    }
    done.get();
  };
  // Sockets of events live on this context: their goodbyes are waited for, because nothing of theirs may be
  // left when what they refer to goes.
  const auto until = std::chrono::steady_clock::now() + kGoodbyes;
  while (parts_->events.subscribers() > 0 && std::chrono::steady_clock::now() < until) {
    if (parts_->d.control.run_one_for(std::chrono::milliseconds(50)) == 0) parts_->d.control.restart();
  }
  parts_->group.cancel();
  finish(parts_->group.join());
  finish(parts_->telephony->stop());
  finish(parts_->chats.stop());
  finish(parts_->retention->stop());
  finish(parts_->webhooks.stop());
  parts_->api_pool.stop();
  parts_->work_pool.stop();
}

}  // namespace parley::app
