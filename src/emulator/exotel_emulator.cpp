#include "emulator/exotel_emulator.hpp"

#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/shard.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"
#include "emulator/rest_server.hpp"
#include "net/http_server.hpp"

namespace parley::emulator {
namespace {

void log_failure(const std::exception_ptr& failure) {
  const log::Logger logger("emulator");
  logger.error("task failed: {}", exception_text(failure));
}

}  // namespace

struct ExotelEmulator::Impl {
  Impl(World world_of, caller::Voice voice_of, StrictReport::Sink sink)
      : world(std::move(world_of)), voice(std::move(voice_of)), report(system_clock(), std::move(sink)) {}

  // Everything but what is made here lives on the shard's thread.
  void begin(std::unique_ptr<net::HttpServer> listening, const std::string& host) {
    server = std::move(listening);
    url = fmt::format("http://{}:{}", host, server->port());
    const Parts parts{shard.executor(), system_clock(), world,    voice, ledger,          report,      frames,
                      parser,           calls,          requests, url,   given_addresses, open_streams};
    board.emplace(parts);
    rest.emplace(parts, *board);
    background.spawn(frames.run());
  }

  async::Task<> end() {
    board->hang_up_all();
    requests.cancel();
    co_await calls.join();
    co_await requests.join();
    frames.stop();
    co_await background.join();
    server.reset();
  }

  template <class Work>
  auto on_thread(Work work) -> decltype(work()) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto done = task.get_future();
    async::asio::post(shard.executor(), [&task] { task(); });
    return done.get();
  }

  const World world;
  const caller::Voice voice;
  CallLedger ledger{system_clock()};
  StrictReport report;
  std::map<std::string, std::string> given_addresses;
  std::map<std::string, int> open_streams;
  caller::CallerParser parser;
  std::string url;
  bool stopped = false;
  async::Shard shard{"exotel"};
  caller::FrameWheel frames{shard.executor(), system_clock()};
  async::TaskGroup background{shard.executor(), log_failure};
  async::TaskGroup calls{shard.executor(), log_failure};
  async::TaskGroup requests{shard.executor(), log_failure};
  std::optional<Switchboard> board;
  std::optional<RestServer> rest;
  std::unique_ptr<net::HttpServer> server;
};

ExotelEmulator::ExotelEmulator(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

ExotelEmulator::~ExotelEmulator() {
  stop();
}

Result<std::unique_ptr<ExotelEmulator>> ExotelEmulator::make(World world, EmulatorOptions options) {
  auto voice = caller::flite_voice(options.voice);
  if (!voice) return fail(std::move(voice.error()));
  auto impl = std::make_unique<Impl>(std::move(world), *std::move(voice), std::move(options.on_finding));
  Impl* const self = impl.get();
  net::HttpServerOptions listen;
  listen.host = options.host;
  listen.port = options.port;
  net::HttpHandlers handlers;
  handlers.request = [self](net::HttpRequest request) { return self->rest->serve(std::move(request)); };
  const auto listening = self->on_thread([&]() -> Result<void> {
    auto server = net::HttpServer::listen(self->shard.context(), listen, std::move(handlers));
    if (!server) return fail(std::move(server.error()));
    self->begin(*std::move(server), options.host);
    return {};
  });
  if (!listening) {
    self->stopped = true;
    self->shard.stop();
    return fail(listening.error());
  }
  return std::unique_ptr<ExotelEmulator>(new ExotelEmulator(std::move(impl)));
}

std::uint16_t ExotelEmulator::port() const {
  return impl_->server->port();
}
const std::string& ExotelEmulator::url() const {
  return impl_->url;
}
const World& ExotelEmulator::world() const {
  return impl_->world;
}

Result<std::string> ExotelEmulator::call(std::string from, std::string to) {
  return impl_->on_thread([&]() -> Result<std::string> {
    auto call = impl_->board->ring_in(from, to);
    if (!call) return fail(std::move(call.error()));
    return (*call)->sid;
  });
}

bool ExotelEmulator::over(const std::string& sid) const {
  return impl_->on_thread([&] { return impl_->board->live(sid) == nullptr; });
}

int ExotelEmulator::violations() const {
  if (impl_->stopped) return impl_->report.violations();
  return impl_->on_thread([&] { return impl_->report.violations(); });
}

void ExotelEmulator::stop() {
  if (impl_->stopped) return;
  impl_->stopped = true;
  std::promise<void> ended;
  async::asio::co_spawn(impl_->shard.context(), impl_->end(), [&ended](const std::exception_ptr& failure) {
    if (failure) log_failure(failure);
    ended.set_value();
  });
  ended.get_future().wait();
  impl_->shard.stop();
}

}  // namespace parley::emulator
