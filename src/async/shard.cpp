#include "async/shard.hpp"

#include <pthread.h>

namespace parley::async {
namespace {
constexpr auto kProbeInterval = std::chrono::milliseconds(50);
constexpr int kProbesPerWindow = 20;
}  // namespace

Shard::Shard(std::string name) {
  probe();
  thread_ = std::thread([this, name = std::move(name)] {
    pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
    context_.run();
  });
}

Shard::~Shard() {
  stop();
}

void Shard::stop() {
  if (!thread_.joinable()) return;
  work_.reset();
  context_.stop();
  thread_.join();
}

std::chrono::microseconds Shard::loop_lag() const {
  using std::chrono::steady_clock;
  const steady_clock::time_point due{steady_clock::duration(probe_due_.load(std::memory_order_relaxed))};
  const auto now = steady_clock::now();
  const auto stalled = now > due ? std::chrono::duration_cast<std::chrono::microseconds>(now - due)
                                 : std::chrono::microseconds(0);
  return std::max(stalled, std::chrono::microseconds(worst_lag_us_.load(std::memory_order_relaxed)));
}

void Shard::probe() {
  const auto due = std::chrono::steady_clock::now() + kProbeInterval;
  probe_due_.store(due.time_since_epoch().count(), std::memory_order_relaxed);
  probe_timer_.expires_at(due);
  probe_timer_.async_wait([this, due](const boost::system::error_code& error) {
    if (error) return;
    const auto late = std::chrono::steady_clock::now() - due;
    window_worst_us_ = std::max<std::int64_t>(
        window_worst_us_, std::chrono::duration_cast<std::chrono::microseconds>(late).count());
    // Published at once when worse, so that admission sees a stall while it lasts; forgotten after a window.
    if (++window_probes_ == kProbesPerWindow) {
      worst_lag_us_.store(window_worst_us_, std::memory_order_relaxed);
      window_worst_us_ = 0;
      window_probes_ = 0;
    } else if (window_worst_us_ > worst_lag_us_.load(std::memory_order_relaxed)) {
      worst_lag_us_.store(window_worst_us_, std::memory_order_relaxed);
    }
    probe();
  });
}

}  // namespace parley::async
