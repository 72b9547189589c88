// The one thread that writes to the call log. Rows are queued in order by anyone, never waiting, and
// committed together a tenth of a second later at most.
//
// What goes wrong: a row the database refuses is dropped and counted, the others of its transaction stay. A
// disk that is full or a database that is locked keeps the rows in the queue, and they are tried again until
// it works or the queue is full. Nothing of a row's content is logged.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/thread_annotations.hpp"
#include "storage/probe.hpp"
#include "storage/sqlite/database.hpp"
#include "storage/sqlite/row.hpp"

namespace parley::storage::sqlite {

class Writer {
 public:
  struct Options {
    std::size_t queue_limit = 100'000;  // rows not yet committed; one more is dropped and counted
    std::chrono::milliseconds batch_delay{100};
    std::chrono::milliseconds retry_delay{1000};
  };
  using Done = std::function<void(Result<void>)>;

  // `registry` outlives it.
  Writer(Database database, Options options, metrics::Registry& registry);
  // Commits what is queued, trying once; answers every flush.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Any thread.
  void push(Row row);
  // Any thread. `done` runs on the writer's thread once the rows before it are committed, or with the first
  // error that kept one of them from it since the flush before.
  void flush(Done done);

 private:
  void run();
  void wait_for_work() PARLEY_REQUIRES(mutex_);
  // Takes the queue, commits it and answers the flushes.
  void commit_queued() PARLEY_EXCLUDES(mutex_);
  Result<void> commit(std::vector<Row>& rows);
  Result<void> write_all(std::vector<Row>& rows);

  const Options options_;
  CallLogProbe probe_;
  log::Logger log_{"storage"};

  // The writer's thread only.
  Database database_;
  std::vector<Row> pending_;  // taken from the queue, not committed: more than empty only after a failure
  Result<void> since_flush_;

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Row> queue_ PARLEY_GUARDED_BY(mutex_);
  std::vector<Done> flushes_ PARLEY_GUARDED_BY(mutex_);
  std::size_t uncommitted_ PARLEY_GUARDED_BY(mutex_) = 0;  // queue_ and pending_
  bool overflow_told_ PARLEY_GUARDED_BY(mutex_) = false;
  bool retry_ PARLEY_GUARDED_BY(mutex_) = false;
  bool stopping_ PARLEY_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parley::storage::sqlite
