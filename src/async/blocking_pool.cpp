#include "async/blocking_pool.hpp"

#include <sys/resource.h>

#include <pthread.h>
#include <unistd.h>

#include <fmt/core.h>

namespace parley::async {

BlockingPool::BlockingPool(Options options) : options_(std::move(options)) {
  threads_.reserve(options_.threads);
  for (std::size_t worker = 0; worker < options_.threads; ++worker) {
    threads_.emplace_back([this, worker] {
      const auto name = fmt::format("{}-{}", options_.name, worker);
      pthread_setname_np(pthread_self(), name.substr(0, 15).c_str());
      // Linux gives each thread a niceness of its own. Lowering one's claim is always allowed.
      if (options_.niceness > 0)
        ::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), options_.niceness);
      run(worker);
    });
  }
}

BlockingPool::~BlockingPool() {
  stop();
}

Result<void> BlockingPool::submit(Job job) {
  {
    const std::scoped_lock lock(mutex_);
    if (stopping_) return fail(Errc::cancelled, fmt::format("pool '{}' is stopping", options_.name));
    if (queue_.size() >= options_.queue_limit) {
      return fail(Errc::overloaded,
                  fmt::format("pool '{}' has {} jobs waiting", options_.name, queue_.size()));
    }
    queue_.push_back({std::move(job), std::chrono::steady_clock::now()});
  }
  ready_.notify_one();
  return {};
}

void BlockingPool::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  ready_.notify_all();
  for (auto& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t BlockingPool::queued() const {
  const std::scoped_lock lock(mutex_);
  return queue_.size();
}

void BlockingPool::run(std::size_t worker) {
  for (;;) {
    Queued next;
    {
      std::unique_lock lock(mutex_);
      ready_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      next = std::move(queue_.front());
      queue_.pop_front();
    }
    next.job({worker, std::chrono::steady_clock::now() - next.since});
  }
}

}  // namespace parley::async
