// Ends statements on a server that does not answer. A PostgreSQL that is stopped or behind a dead network
// keeps its socket open, and libpq would wait for it for ever; the watchdog cuts the socket instead, which
// libpq takes for a lost connection.
#pragma once

#include <chrono>
#include <condition_variable>
#include <map>
#include <thread>

#include "base/thread_annotations.hpp"

namespace parley::storage::postgres {

class Watchdog {
 public:
  Watchdog();
  ~Watchdog();  // no watch is left
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // While it lives, `socket` is cut when `patience` is over. It must not be closed meanwhile.
  class Watch {
   public:
    Watch(Watchdog& dog, int socket, std::chrono::milliseconds patience);
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    Watchdog& dog_;
    std::uint64_t id_ = 0;
  };

 private:
  struct Guarded {
    int socket;
    std::chrono::steady_clock::time_point deadline;
  };
  void run();

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::map<std::uint64_t, Guarded> watched_ PARLEY_GUARDED_BY(mutex_);
  std::uint64_t next_id_ PARLEY_GUARDED_BY(mutex_) = 0;
  bool stopping_ PARLEY_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parley::storage::postgres
