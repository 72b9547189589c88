#include "vendor/socket_pool.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"

namespace parley::vendor {
namespace {

namespace asio = boost::asio;

struct Idle;
using Shard = std::vector<std::shared_ptr<Idle>>;  // the oldest first

// One socket on the shelf: its listener meanwhile.
struct Idle final : ClientSocketListener {
  Idle(std::shared_ptr<Shard> on, std::string fits, std::unique_ptr<ClientSocket> idle)
      : shard(on), key(std::move(fits)), socket(std::move(idle)) {}

  void on_socket_open() override {}
  // What comes without being asked for is nobody's.
  void on_socket_text(std::string_view) override {}
  void on_socket_binary(std::string_view) override {}
  void on_socket_refused(const net::ConnectError&) override { leave(); }
  void on_socket_closed(const net::CloseInfo&) override { leave(); }

  // May destroy this object unless the caller holds it.
  void leave() {
    const auto mine = std::exchange(socket, nullptr);
    if (mine) mine->close();
    if (timer != nullptr) timer->cancel();
    if (const auto all = shard.lock()) {
      std::erase_if(*all, [this](const auto& idle) { return idle.get() == this; });
    }
  }

  std::weak_ptr<Shard> shard;
  std::string key;
  std::unique_ptr<ClientSocket> socket;  // nullptr: it left
  async::Timer* timer = nullptr;         // of keep()'s frame
};

// The frame holds what belongs to the io_context, and may be destroyed with it while it waits.
struct TimerOf {
  TimerOf(const async::Executor& executor, Idle& owner) : timer(executor), idle(owner) {
    idle.timer = &timer;
  }
  ~TimerOf() { idle.timer = nullptr; }
  TimerOf(const TimerOf&) = delete;
  TimerOf& operator=(const TimerOf&) = delete;
  async::Timer timer;
  Idle& idle;
};

async::Task<> keep(async::Executor executor, std::shared_ptr<Idle> idle, SocketPool::Options options) {
  TimerOf own(executor, *idle);
  const auto until = std::chrono::steady_clock::now() + options.max_idle;
  const bool keeps_alive = options.keep_alive_every.count() > 0;
  while (idle->socket) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= until) break;
    own.timer.expires_at(keeps_alive ? std::min(until, now + options.keep_alive_every) : until);
    boost::system::error_code ec;
    co_await own.timer.async_wait(asio::redirect_error(asio::use_awaitable_t<async::Executor>(), ec));
    if (!ec && keeps_alive && idle->socket && idle->socket->is_open()) {
      idle->socket->send_text(options.keep_alive_text);
    }
  }
  idle->leave();
}

}  // namespace

struct SocketPool::Shelf {
  explicit Shelf(Options given) : options(std::move(given)) {}

  std::shared_ptr<Shard> shard_of(const async::Executor& executor) {
    const MutexLock lock(mutex);
    auto& shard = shards[&executor.context()];
    if (!shard) shard = std::make_shared<Shard>();
    return shard;
  }

  const Options options;
  Mutex mutex;
  std::map<const void*, std::shared_ptr<Shard>> shards PARLEY_GUARDED_BY(mutex);
};

SocketPool::SocketPool(Options options) : shelf_(std::make_shared<Shelf>(std::move(options))) {}

SocketPool::~SocketPool() {
  const MutexLock lock(shelf_->mutex);
  for (const auto& [context, shard] : shelf_->shards) {
    for (const auto& idle : Shard(*shard))
      idle->leave();
  }
}

std::unique_ptr<ClientSocket> SocketPool::take(async::Executor executor, const std::string& key,
                                               ClientSocketListener& listener) {
  const auto shard = shelf_->shard_of(executor);
  // The one that came last is the least likely to be closed by the vendor right now.
  for (auto at = shard->rbegin(); at != shard->rend(); ++at) {
    const auto idle = *at;
    if (idle->key != key || !idle->socket->is_open()) continue;
    auto socket = std::move(idle->socket);
    idle->leave();
    socket->set_listener(&listener);
    return socket;
  }
  return nullptr;
}

void SocketPool::put(async::Executor executor, std::string key, std::unique_ptr<ClientSocket> socket) {
  if (!socket) return;
  if (!socket->is_open() && !socket->is_connecting()) return;
  const auto shard = shelf_->shard_of(executor);
  if (shelf_->options.max_idle_sockets == 0) {
    socket->close();
    return;
  }
  if (shard->size() >= shelf_->options.max_idle_sockets) {
    const auto oldest = shard->front();
    oldest->leave();
  }
  const auto idle = std::make_shared<Idle>(shard, std::move(key), std::move(socket));
  idle->socket->set_listener(idle.get());
  shard->push_back(idle);
  asio::co_spawn(executor, keep(executor, idle, shelf_->options), [](std::exception_ptr) {});
}

bool SocketPool::has(async::Executor executor, const std::string& key) const {
  const auto shard = shelf_->shard_of(executor);
  return std::ranges::any_of(*shard, [&key](const auto& idle) {
    return idle->key == key && (idle->socket->is_open() || idle->socket->is_connecting());
  });
}

}  // namespace parley::vendor
