#include "storage/postgres/watchdog.hpp"

#include <sys/socket.h>

#include <pthread.h>

namespace parley::storage::postgres {
namespace {

// A statement is watched by looking now and then: waking the thread for each would cost more than it guards.
constexpr std::chrono::milliseconds kLook{250};

}  // namespace

Watchdog::Watchdog() : thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::run() {
  pthread_setname_np(pthread_self(), "pg-watchdog");
  const MutexLock lock(mutex_);
  while (!stopping_) {
    if (watched_.empty()) {
      changed_.wait(mutex_);
      continue;
    }
    changed_.wait_for(mutex_, kLook);
    const auto now = std::chrono::steady_clock::now();
    for (auto& [id, guarded] : watched_) {
      if (now < guarded.deadline) continue;
      // The descriptor itself stays with libpq. Under the lock: afterwards it may be another's.
      ::shutdown(guarded.socket, SHUT_RDWR);
      guarded.deadline = std::chrono::steady_clock::time_point::max();
    }
  }
}

Watchdog::Watch::Watch(Watchdog& dog, int socket, std::chrono::milliseconds patience) : dog_(dog) {
  bool first = false;
  {
    const MutexLock lock(dog_.mutex_);
    first = dog_.watched_.empty();
    id_ = ++dog_.next_id_;
    dog_.watched_.emplace(id_, Guarded{socket, std::chrono::steady_clock::now() + patience});
  }
  if (first) dog_.changed_.notify_one();
}

Watchdog::Watch::~Watch() {
  const MutexLock lock(dog_.mutex_);
  dog_.watched_.erase(id_);
}

}  // namespace parley::storage::postgres
