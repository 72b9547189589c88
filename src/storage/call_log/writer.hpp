// The one thread that writes to the call log. Rows are queued in order by anyone, never waiting, and
// committed together a tenth of a second later at most.
//
// What goes wrong: a row the database refuses is dropped and counted, the others of its transaction stay.
// While the database is away, locked or full, rows go to the spool on disk, new ones behind the old, and are
// delivered in that order when it is back, by this process or the next. Only when the spool's disk is full as
// well (or there is no spool) do they stay in memory, up to a limit. Nothing of a row's content is logged.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/thread_annotations.hpp"
#include "storage/call_log/row.hpp"
#include "storage/call_log/spool.hpp"
#include "storage/probe.hpp"

namespace parley::storage::call_log {

class Writer {
 public:
  struct Options {
    std::size_t queue_limit = 100'000;  // rows in memory; one more is dropped and counted
    std::chrono::milliseconds batch_delay{100};
    std::chrono::milliseconds retry_delay{1000};
  };
  using Done = std::function<void(Result<void>)>;

  // `spool` may be null. `database` and `registry` outlive it.
  Writer(sql::Database& database, std::unique_ptr<Spool> spool, Options options, metrics::Registry& registry);
  // Commits what is queued, trying once; what fails stays in the spool. Answers every flush.
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  // Any thread.
  void push(Row row);
  // Any thread. `done` runs on the writer's thread once the rows before it are committed, or with the first
  // error that kept one of them from it since the flush before. Rows that wait in the spool are such an
  // error: they are safe, but nobody can read them yet.
  void flush(Done done);
  // Any other thread, waiting: everything queued before is committed or refused.
  Result<void> settle();

 private:
  struct Waiting {
    Done done;
    bool tells_refusals = true;
  };

  void run();
  void wait_for_work() PARLEY_REQUIRES(mutex_);
  // Takes the queue, commits or spools it and answers the flushes.
  void work() PARLEY_EXCLUDES(mutex_);
  void take_queue() PARLEY_EXCLUDES(mutex_);
  bool stopping() PARLEY_EXCLUDES(mutex_);
  void note_memory() PARLEY_EXCLUDES(mutex_);
  void spool_pending();
  Result<void> deliver();
  Result<void> deliver_spool();
  Result<void> deliver_pending();
  Result<void> commit(std::span<const Row> rows);
  // One transaction. A row that is refused: its place; nothing is written then.
  Result<std::optional<std::size_t>> attempt(std::span<const Row> rows);
  void refuse(const Row& row);

  sql::Database& database_;
  const Options options_;
  CallLogProbe probe_;
  log::Logger log_{"storage"};

  // The writer's thread only.
  std::unique_ptr<Spool> spool_;
  std::vector<Row> pending_;  // taken from the queue, neither committed nor spooled
  Result<void> since_flush_;
  Error refusal_;
  bool failing_ = false;
  bool spool_failing_ = false;

  Mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Row> queue_ PARLEY_GUARDED_BY(mutex_);
  std::vector<Waiting> flushes_ PARLEY_GUARDED_BY(mutex_);
  std::size_t taken_ PARLEY_GUARDED_BY(mutex_) = 0;  // size of pending_
  bool overflow_told_ PARLEY_GUARDED_BY(mutex_) = false;
  std::optional<std::chrono::steady_clock::time_point> retry_at_ PARLEY_GUARDED_BY(mutex_);
  bool stopping_ PARLEY_GUARDED_BY(mutex_) = false;

  std::thread thread_;  // last: starts when everything else is there
};

}  // namespace parley::storage::call_log
