// One event loop and its thread. A call is placed on a shard when its socket opens and never leaves it, so
// nothing inside a call needs a lock. Nothing that blocks may run here; loop_lag says when something did.
#pragma once

#include <atomic>
#include <chrono>
#include <limits>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>

#include "async/task.hpp"

namespace parley::async {

class Shard {
 public:
  // Starts the thread; `name` is what tools show for it (15 characters at most).
  explicit Shard(std::string name);
  // Stops the loop and joins the thread. Everything running on it must have ended or be destroyable by then.
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  asio::io_context& context() { return context_; }
  Executor executor() { return context_.get_executor(); }

  // How late the loop runs its periodic wake-ups: the worst of the last second, a stall that still lasts
  // included. Any thread.
  std::chrono::microseconds loop_lag() const;

  // Calls placed here; the placement reads it, the call's guard changes it. Any thread.
  std::atomic<int>& load() { return load_; }

  void stop();

 private:
  using SteadyRep = std::chrono::steady_clock::rep;

  void probe();

  std::atomic<int> load_{0};  // first: what the context's last handlers release still counts down
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  Timer probe_timer_{context_.get_executor()};
  std::atomic<std::int64_t> worst_lag_us_{0};
  std::atomic<SteadyRep> probe_due_{std::numeric_limits<SteadyRep>::max()};  // of the steady clock
  std::int64_t window_worst_us_ = 0;
  int window_probes_ = 0;
  std::thread thread_;
};

}  // namespace parley::async
