// A bounded pool for work that blocks or burns processor time: recogniser, synthesiser, files, databases. A
// job runs on one of the pool's threads and posts its answer back itself. Any thread may submit.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"

namespace parley::async {

class BlockingPool {
 public:
  struct Options {
    std::string name;  // threads are called name-0, name-1 …
    std::size_t threads = 1;
    std::size_t queue_limit = 1024;  // jobs waiting; one more is refused
    // So much less willing than calls to take the processor from others (nice(2), 0 to 19).
    int niceness = 0;
  };
  // What the pool tells a job: how long it waited, and which worker (0 … threads-1) runs it, so that a worker
  // can own things that are not safe to share (a decoder, a database connection).
  struct JobContext {
    std::size_t worker;
    std::chrono::nanoseconds waited;
  };
  using Job = std::function<void(const JobContext&)>;

  explicit BlockingPool(Options options);
  // Runs what is queued, then joins. Jobs must not submit to their own pool during destruction.
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Errc::overloaded when the queue is full, Errc::cancelled after stop(). With one thread, jobs run in
  // order.
  Result<void> submit(Job job);

  // Refuses new jobs, runs the queued ones, joins the threads. Idempotent.
  void stop();

  std::size_t queued() const;
  std::size_t threads() const { return options_.threads; }

 private:
  struct Queued {
    Job job;
    SteadyTime since;
  };
  void run(std::size_t worker);

  Options options_;
  mutable std::mutex mutex_;
  std::condition_variable ready_;
  std::deque<Queued> queue_;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace parley::async
