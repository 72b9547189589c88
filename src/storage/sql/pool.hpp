// Connections of one kind, made when they are needed and kept for the next who asks.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/thread_annotations.hpp"
#include "storage/sql/database.hpp"

namespace parley::storage::sql {

class Pool;

// A connection that knows where it goes back to.
class PooledConnection : public Connection {
 public:
  // Of no use any more: it is closed instead of kept.
  virtual bool broken() const = 0;

 private:
  friend class Pool;
  Pool* home_ = nullptr;
};

class Pool {
 public:
  using Make = std::function<Result<std::unique_ptr<PooledConnection>>()>;

  // `what` and `place` are for the message when none gets free in time.
  Pool(std::size_t size, std::chrono::milliseconds patience, std::string place, Make make);

  // Any thread. Errc::unavailable when all are in use for as long as the patience, or what `make` says.
  Result<std::unique_ptr<Connection>> take();
  // To its own pool, whichever that is; rolls back what was left open.
  static void give_back(std::unique_ptr<Connection> connection);

 private:
  void put(std::unique_ptr<PooledConnection> connection);

  const std::size_t size_;
  const std::chrono::milliseconds patience_;
  const std::string place_;
  const Make make_;
  Mutex mutex_;
  std::condition_variable_any freed_;
  std::vector<std::unique_ptr<PooledConnection>> idle_ PARLEY_GUARDED_BY(mutex_);
  std::size_t in_use_ PARLEY_GUARDED_BY(mutex_) = 0;
};

}  // namespace parley::storage::sql
