// Open sockets that wait for the next call. One pool for an adapter; everything in it belongs to the shard
// that put it there. Sockets that close, get an error or grow too old leave it by themselves.
//
// Thread: take, put and has on the executor's; each shard sees only its own. Lifetime: destroyed on the
// thread of the only shard that used it, or when the shards that did run no more (they may be gone).
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "vendor/client_socket.hpp"

namespace parley::vendor {

class SocketPool {
 public:
  struct Options {
    std::chrono::milliseconds max_idle{30'000};
    std::chrono::milliseconds keep_alive_every{0};  // 0: nothing is sent while idle
    std::string keep_alive_text;
    std::size_t max_idle_sockets = 32;  // of one shard
  };
  explicit SocketPool(Options options);
  ~SocketPool();
  SocketPool(const SocketPool&) = delete;
  SocketPool& operator=(const SocketPool&) = delete;

  // `key`: address, model, voice, format: what makes a socket fit. nullptr: none is open and idle. The
  // listener is set.
  std::unique_ptr<ClientSocket> take(async::Executor executor, const std::string& key,
                                     ClientSocketListener& listener);
  // Only open sockets on which no answer is outstanding, and connecting ones (warmed); others are just
  // closed.
  void put(async::Executor executor, std::string key, std::unique_ptr<ClientSocket> socket);
  // Any idle or connecting one there? Then no other needs to be warmed.
  bool has(async::Executor executor, const std::string& key) const;

 private:
  struct Shelf;
  std::shared_ptr<Shelf> shelf_;
};

}  // namespace parley::vendor
