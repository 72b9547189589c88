#include "app/server.hpp"

#include <sys/resource.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include <fmt/format.h>

#include "agent/agent_catalog.hpp"
#include "agent/variables.hpp"
#include "api/browser_call_routes.hpp"
#include "api/dashboard_files.hpp"
#include "api/router.hpp"
#include "api/status_routes.hpp"
#include "api/stream_routes.hpp"
#include "app/call_observers.hpp"
#include "app/certificate_reload.hpp"
#include "app/control_plane.hpp"
#include "app/data_directory.hpp"
#include "app/drain.hpp"
#include "app/greeting_warmer.hpp"
#include "app/key_check.hpp"
#include "app/live_transcripts.hpp"
#include "app/offline_transcription.hpp"
#include "app/recording_transcription.hpp"
#include "app/recordings.hpp"
#include "app/redaction_policies.hpp"
#include "app/stores.hpp"
#include "app/vendor_parts.hpp"
#include "app/workspace_vendors.hpp"
#include "async/blocking_pool.hpp"
#include "async/shard.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "engine/call_registry.hpp"
#include "llm/instant_model.hpp"
#include "llm/script_model.hpp"
#include "net/http_server.hpp"
#include "speech/espeak_tts.hpp"
#include "speech/flite_tts.hpp"
#include "speech/instant.hpp"
#include "speech/local_tts.hpp"
#include "speech/sphinx_stt.hpp"
#include "storage/interrupted.hpp"
#include "storage/redacting_call_store.hpp"
#include "vendor/bundled_data.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("app");

// Each call holds a socket and a recording; the usual soft limit of 1024 files would end it at five hundred
// calls.
void raise_file_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::size_t threads_or_cores(int configured) {
  if (configured > 0) return static_cast<std::size_t>(configured);
  return std::max(1U, std::thread::hardware_concurrency());
}

Result<void> make_data_directory(const std::filesystem::path& directory) {
  std::error_code error;
  std::filesystem::create_directories(directory / "recordings", error);
  if (!error) return {};
  return fail(Errc::io, fmt::format("data directory {} cannot be made ({}): choose another with --data-dir",
                                    directory.string(), error.message()));
}

api::StreamAccess::Options access_options(const settings::Settings& settings,
                                          const control::CarrierDesk& desk) {
  return {settings.stream.user,
          settings.stream.password,
          settings.stream.path_token,
          settings.stream.allow,
          settings.stream.trusted_proxies,
          [&desk](std::string_view token) { return desk.token_opens(token); }};
}

std::string url_of(const settings::Settings& settings, std::uint16_t port) {
  const std::string& host = settings.listen.host;
  const char* scheme = settings.tls.certificate.empty() ? "http" : "https";
  return host.find(':') == std::string::npos ? fmt::format("{}://{}:{}", scheme, host, port)
                                             : fmt::format("{}://[{}]:{}", scheme, host, port);
}

// What a process that died has left open; their ids.
Result<std::vector<std::string>> close_interrupted_calls(storage::CallStore& store,
                                                         const std::filesystem::path& data_dir,
                                                         const Clock& clock) {
  auto unfinished = store.unfinished_calls();
  if (!unfinished) return fail(std::move(unfinished.error()));
  std::vector<std::string> ids;
  for (const storage::CallSummary& call : *unfinished)
    ids.push_back(call.call.id);
  auto closed = storage::recover_interrupted_calls(store, data_dir, now_millis(clock));
  if (!closed) return fail(std::move(closed.error()));
  if (*closed > 0) kLog.warn("{} calls of a server that died were closed as interrupted", *closed);
  return ids;
}

// What people are shown of the table that load_prices() has read.
control::PriceBook::Text standard_prices(const settings::Settings& settings) {
  if (settings.vendors.prices_file.empty()) return {"bundled", std::string(vendor::bundled_prices()), 1};
  std::ifstream file(settings.vendors.prices_file);
  return {"file", std::string(std::istreambuf_iterator<char>(file), {}), 1};
}

}  // namespace

Result<void> run_server(const settings::Settings& settings,
                        const std::function<void(const std::string& url)>& ready) {
  raise_file_limit();
  const Clock& clock = system_clock();
  metrics::Registry registry;
  engine::Probe probe(registry);

  // The agent that answers. A mistake in its file must be known before anything else is started.
  auto catalog = agent::AgentCatalog::open(settings.agents.directory);
  if (!catalog) return fail(std::move(catalog.error()));
  auto agent = catalog->find(settings.agents.default_agent);
  if (!agent) return fail(std::move(agent.error()));
  auto agent_text = catalog->text_of(settings.agents.default_agent);
  if (!agent_text) return fail(std::move(agent_text.error()));

  // What vendors charge and which of their models end: data that people may have edited.
  if (auto trusted = trust_vendors(settings); !trusted) return trusted;
  auto prices = load_prices(settings);
  if (!prices) return fail(std::move(prices.error()));
  auto notes = load_model_notes(settings);
  if (!notes) return fail(std::move(notes.error()));

  // The database with the call log and what people set up, and what a process that died left open in it.
  const std::filesystem::path data_dir = settings.data_dir;
  if (auto made = make_data_directory(data_dir); !made) return made;
  const auto claim = DirectoryClaim::for_server(data_dir);
  if (!claim) return fail(claim.error());
  auto stores = open_stores(settings, registry);
  if (!stores) return fail(std::move(stores.error()));
  RedactionPolicies redaction(*stores->control);
  if (auto read = redaction.refresh(); !read) return read;
  const auto redacting = storage::make_redacting_call_store(
      *stores->calls, [&](const std::string& workspace) { return redaction.of(workspace); });
  storage::CallStore& store = *redacting;
  auto interrupted = close_interrupted_calls(store, data_dir, clock);
  if (!interrupted) return fail(std::move(interrupted.error()));

  control::PriceBook price_book(*stores->control, *prices, standard_prices(settings));

  // Recordings go to files by a thread of their own, and from there to where they are kept.
  auto recordings = Recordings::open(settings, store, clock, registry);
  if (!recordings) return fail(std::move(recordings.error()));
  auto recorder = storage::make_file_recorder(registry);

  // Requests, signals and the live view run on this thread; calls on the shards.
  async::asio::io_context control(1);
  LiveTranscripts transcripts(control.get_executor());
  engine::GreetingCache greetings;
  std::vector<std::unique_ptr<async::Shard>> shards;
  std::vector<async::Shard*> shard_list;
  for (std::size_t i = 0; i < threads_or_cores(settings.shards); ++i) {
    shards.push_back(std::make_unique<async::Shard>(fmt::format("shard-{}", i)));
    shard_list.push_back(shards.back().get());
  }

  // The local recogniser and voices burn processor time, so they share a bounded pool and never run on a
  // shard.
  async::BlockingPool speech_pool(
      {.name = "speech", .threads = threads_or_cores(settings.speech.threads), .queue_limit = 1024});
  // What vendors' voices have spoken is kept, in memory and on disk; files are another pool's work.
  async::BlockingPool file_pool({.name = "files", .threads = 1, .queue_limit = 256});
  speech::SpeechCache speech_cache(
      {.directory = data_dir / "cache" / "speech", .disk_bytes = settings.speech.cache_bytes}, file_pool,
      registry);
  speech::FliteTts flite(speech_pool, registry);
  speech::EspeakTts espeak(speech_pool, registry, {});
  speech::LocalTts local_tts(flite, espeak);
  speech::SphinxStt sphinx(speech_pool, registry, {.model_directory = settings.speech.model_dir});
  speech::InstantStt instant_stt;
  speech::InstantTts instant_tts;
  llm::ScriptModel script(clock);
  llm::InstantModel instant_model;

  // Providers by the names agent files use: parts of this server, and vendors by each workspace's keys.
  const auto policy = std::make_shared<const net::AddressPolicy>(settings.outbound.allow);
  vendor::CircuitBreakers breakers(clock);
  WorkspaceVendors vendors({.settings = settings,
                            .clock = clock,
                            .speech = speech_cache,
                            .breakers = breakers,
                            .own = {.stt = {{"local", {&sphinx, {}}}, {"instant", {&instant_stt, {}}}},
                                    .chat = {{"script", {&script, {}}}, {"instant", {&instant_model, {}}}},
                                    .tts = {{"local", {&local_tts, {}}}, {"instant", {&instant_tts, {}}}},
                                    .voice = {},
                                    .files = {}},
                            .policy = policy,
                            .notes = *notes});

  const auto use_saved_keys = [&]() -> Result<void> {
    auto keys = read_workspace_keys(*stores->control, stores->vault);
    if (!keys) return fail(std::move(keys.error()));
    vendors.set_keys(std::move(*keys));
    return {};
  };
  if (auto used = use_saved_keys(); !used) return used;

  // Who answers: the agent of the settings, and what was published.
  const auto standard = vendors.prepare_operators(*agent);
  if (!standard) return fail(standard.error());
  for (const std::string& warning : (*standard)->warnings())
    kLog.warn("{}", warning);
  const bool agent_was_chosen = settings.agents.default_agent != settings::Settings().agents.default_agent;
  control::AgentDirectory directory(control::source_of(*stores->control),
                                    [&](const std::string& workspace, agent::AgentPtr wanted) {
                                      if (wanted == (*standard)->agent())
                                        return vendors.prepare_operators(std::move(wanted));
                                      return vendors.prepare(workspace, std::move(wanted));
                                    },
                                    {*standard, *agent_text, agent_was_chosen});
  if (auto read = directory.refresh(); !read) return read;

  // Recordings are written down after the call where the agent wants it.
  async::BlockingPool recording_pool({.name = "recordings", .threads = 1, .queue_limit = 1024});
  RecordingTranscription transcription(
      {.control = control,
       .pool = recording_pool,
       .store = store,
       .clock = clock,
       .prices = [&] { return price_book.current(); },
       .transcriber_of = [&](const agent::Agent& of) { return vendors.transcriber_of(of); }});

  // Who may come in, and what serves them.
  engine::CallRegistry calls(
      shard_list, {.max_calls = settings.calls.max, .max_loop_lag = settings.calls.max_loop_lag}, probe);
  api::Router router;
  auto plane = ControlPlane::make(
      {.settings = settings,
       .clock = clock,
       .registry = registry,
       .control = control,
       .calls = store,
       .store = *stores->control,
       .vault = stores->vault,
       .directory = directory,
       .prices = price_book,
       .redaction = redaction,
       .call_registry = calls,
       .router = router,
       .policy = policy,
       .providers =
           [&](const std::string& workspace) {
             std::vector<api::ProviderInfo> infos;
             for (auto& state : vendors.providers(workspace))
               infos.push_back({std::move(state.name), std::move(state.parts), state.ready});
             return infos;
           },
       .model_notes = *notes,
       .check_key =
           [&](std::string workspace, std::string provider) {
             return check_key({control.get_executor(), file_pool, vendors, clock}, std::move(workspace),
                              std::move(provider));
           },
       .keys_changed = use_saved_keys,
       .default_agent = (*agent)->name,
       .transcribe = transcribe_by({.executor = control.get_executor(),
                                    .vendors = vendors,
                                    .calls = store,
                                    .clock = clock,
                                    .prices = [&] { return price_book.current(); }}),
       .recordings = **recordings});
  if (!plane) return fail(std::move(plane.error()));
  std::vector<engine::CallObserver*> watching{&transcripts, &transcription, recordings->get()};
  for (auto* observer : (*plane)->observers())
    watching.push_back(observer);
  CallObservers observers(std::move(watching));

  control::CarrierDesk& desk = (*plane)->telephony().desk();
  engine::MediaSettings media;
  media.piece = settings.stream.piece;
  media.lead = settings.stream.lead;
  media.dead_after = settings.stream.dead_after;
  const auto make_call = [&](engine::MakeCodec codec, async::Executor executor, media::MediaLink& link,
                             std::string_view carrier,
                             engine::ChooseAgent choose) -> std::unique_ptr<engine::Call> {
    engine::CallDependencies parts{executor,
                                   clock,
                                   link,
                                   nullptr,
                                   {},
                                   store,
                                   *recorder,
                                   data_dir,
                                   greetings,
                                   observers,
                                   price_book.current(),
                                   probe,
                                   media,
                                   std::string(carrier),
                                   ""};
    return std::make_unique<engine::DeferredCall>(std::move(codec), std::move(parts), std::move(choose));
  };
  api::add_stream_routes(router, {calls,
                                  api::StreamAccess(access_options(settings, desk)),
                                  {.fallback_sample_rate_hz = settings.stream.default_sample_rate_hz,
                                   .sequence_numbers = settings.stream.sequence_numbers},
                                  settings.stream.max_message_bytes,
                                  [&](engine::MakeCodec codec, async::Executor executor,
                                      media::MediaLink& link, api::StreamAddress address) {
                                    return make_call(std::move(codec), executor, link, address.carrier,
                                                     [&desk, address](const media::StreamStart& start) {
                                                       return desk.choose(start, address.carrier,
                                                                          address.phone_id, address.token);
                                                     });
                                  }});
  api::add_browser_socket(router, {(*plane)->browser_calls(), calls, settings.api.cors_origins,
                                   settings.stream.trusted_proxies, make_call});
  (*plane)->telephony().add_routes(router);
  api::add_dashboard(router, api::embedded_dashboard());
  metrics::Gauge& vendor_sockets = registry.gauge(
      "parley_vendor_sockets", "WebSockets to vendors, those that wait for the next call included.");
  metrics::Gauge& loop_lag =
      registry.gauge("parley_loop_lag_seconds", "How late the slowest event loop ran in the last second.");
  api::add_status_routes(router, {[&]() -> std::optional<std::string> {
                                    if (calls.draining()) return "draining";
                                    return std::nullopt;
                                  },
                                  [&] {
                                    probe.calls_active.set(calls.active());
                                    vendor_sockets.set(static_cast<double>(net::open_client_websockets()));
                                    loop_lag.set(std::chrono::duration<double>(calls.loop_lag()).count());
                                    return registry.expose();
                                  },
                                  [&](std::string_view id) { return transcripts.json(id); }});

  // The greeting is spoken once now, so that the first caller does not wait for it.
  const engine::Vendors warmers = (*standard)->for_call();  // outlives what it speaks
  GreetingWarmer warmer(control.get_executor(), *agent, settings.stream.default_sample_rate_hz, greetings);
  const bool speaks_first =
      warmers.voices.empty() && !(*agent)->first_message.empty() && agent::variables_of(**agent).empty();
  if (warmers.tts != nullptr && speaks_first) warmer.start(*warmers.tts);

  // The door opens last.
  net::HttpServerOptions listen;
  listen.host = settings.listen.host;
  listen.port = static_cast<std::uint16_t>(settings.listen.port);
  listen.tls = {.certificate = settings.tls.certificate, .key = settings.tls.key};
  auto server = net::HttpServer::listen(control, listen, (*plane)->handlers());
  if (!server) return fail(std::move(server.error()));
  CertificateReload reload(control, **server, file_pool);
  const std::string url = url_of(settings, (*server)->port());
  auto welcome = (*plane)->welcome(settings.public_url.empty() ? url : settings.public_url);
  if (!welcome) return fail(std::move(welcome.error()));
  (*plane)->start(*interrupted);
  (*recordings)->start();

  auto work = async::asio::make_work_guard(control);
  Drain drain(
      control, calls, {.deadline = settings.drain.deadline}, [&] { (*plane)->telephony().dialer().drain(); },
      [&] {
        (*server)->stop();
        control.stop();
      });
  fmt::print("parley: listening on {}\n", url);
  if (!welcome->empty())
    fmt::print("parley: nobody has an account yet; become the owner at {} (good once, for a day)\n",
               *welcome);
  std::fflush(stdout);
  if (ready) ready(url);
  kLog.info("ready agent={} shards={} max_calls={}", (*agent)->name, shards.size(), settings.calls.max);
  control.run();

  // Down in reverse: no socket, no call, no job, then what they wrote is on disk.
  (*plane)->close_streams();
  server->reset();
  (*plane)->stop();
  speech_pool.stop();
  file_pool.stop();
  for (const auto& shard : shards)
    shard->stop();
  shards.clear();  // with what is left of their calls, which refers to much of the above
  recorder.reset();
  (*recordings)->stop();
  transcription.stop();
  recording_pool.stop();
  kLog.info("stopped");
  log::flush();
  return {};
}

}  // namespace parley::app
