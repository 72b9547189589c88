#include "storage/sql/pool.hpp"

namespace parley::storage::sql {

Pool::Pool(std::size_t size, std::chrono::milliseconds patience, std::string place, Make make)
    : size_(size), patience_(patience), place_(std::move(place)), make_(std::move(make)) {}

Result<std::unique_ptr<Connection>> Pool::take() {
  {
    const MutexLock lock(mutex_);
    const auto deadline = std::chrono::steady_clock::now() + patience_;
    while (in_use_ >= size_) {
      if (freed_.wait_until(mutex_, deadline) == std::cv_status::timeout && in_use_ >= size_)
        return fail(Errc::unavailable, place_ + ": all connections are in use");
    }
    ++in_use_;
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  // Connecting may take as long as the network pleases: nobody else waits for it.
  auto made = make_();
  if (!made) {
    put(nullptr);
    return fail(std::move(made.error()));
  }
  (*made)->home_ = this;
  return std::unique_ptr<Connection>(std::move(*made));
}

void Pool::put(std::unique_ptr<PooledConnection> connection) {
  {
    const MutexLock lock(mutex_);
    --in_use_;
    if (connection) idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

void Pool::give_back(std::unique_ptr<Connection> connection) {
  std::unique_ptr<PooledConnection> pooled(static_cast<PooledConnection*>(connection.release()));
  Pool* const home = pooled->home_;
  if (pooled->in_transaction()) pooled->roll_back();
  if (pooled->broken()) pooled.reset();
  home->put(std::move(pooled));
}

}  // namespace parley::storage::sql
