#include "storage/sqlite/writer.hpp"

#include <iterator>
#include <pthread.h>

namespace parley::storage::sqlite {
namespace {

// The row is fine, the place is not: worth keeping for later.
bool is_passing(Errc code) {
  return code == Errc::io || code == Errc::unavailable;
}

}  // namespace

Writer::Writer(Database database, Options options, metrics::Registry& registry)
    : options_(options), probe_(registry), database_(std::move(database)), thread_([this] { run(); }) {}

Writer::~Writer() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Writer::push(Row row) {
  bool tell = false;
  bool wake = false;
  {
    const MutexLock lock(mutex_);
    if (uncommitted_ >= options_.queue_limit) {
      probe_.rows_overflowed.add();
      tell = !std::exchange(overflow_told_, true);
    } else {
      // With a row there already the thread is awake or waiting for its time.
      wake = queue_.empty();
      queue_.push_back(std::move(row));
      probe_.queued_rows.set(static_cast<double>(++uncommitted_));
    }
  }
  if (wake) changed_.notify_one();
  if (tell) log_.error("the call log cannot keep up: rows are dropped queued={}", options_.queue_limit);
}

void Writer::flush(Done done) {
  {
    const MutexLock lock(mutex_);
    flushes_.push_back(std::move(done));
  }
  changed_.notify_one();
}

void Writer::run() {
  pthread_setname_np(pthread_self(), "call-log");
  while (true) {
    bool last = false;
    {
      const MutexLock lock(mutex_);
      wait_for_work();
      last = stopping_;
    }
    commit_queued();
    if (last) break;
  }
  if (!pending_.empty()) {
    probe_.rows_abandoned.add(pending_.size());
    log_.error("the call log could not be written before the end rows={}", pending_.size());
  }
}

void Writer::wait_for_work() {
  while (queue_.empty() && flushes_.empty() && !retry_ && !stopping_)
    changed_.wait(mutex_);
  const auto delay = retry_ ? options_.retry_delay : options_.batch_delay;
  const auto deadline = std::chrono::steady_clock::now() + delay;
  while (flushes_.empty() && !stopping_) {
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) return;
  }
}

void Writer::commit_queued() {
  std::vector<Done> flushes;
  {
    const MutexLock lock(mutex_);
    std::move(queue_.begin(), queue_.end(), std::back_inserter(pending_));
    queue_.clear();
    flushes.swap(flushes_);
  }

  const std::size_t before = pending_.size();
  const Result<void> committed = commit(pending_);
  if (committed) pending_.clear();

  {
    const MutexLock lock(mutex_);
    retry_ = !pending_.empty();
    uncommitted_ -= before - pending_.size();
    if (uncommitted_ < options_.queue_limit / 2) overflow_told_ = false;
    probe_.queued_rows.set(static_cast<double>(uncommitted_));
  }

  if (flushes.empty()) return;
  const Result<void> outcome = committed ? since_flush_ : committed;
  since_flush_ = {};
  for (const Done& done : flushes)
    done(outcome);
}

Result<void> Writer::commit(std::vector<Row>& rows) {
  if (rows.empty()) return {};
  const auto began = std::chrono::steady_clock::now();
  Result<void> result = database_.execute("BEGIN IMMEDIATE");
  if (result) result = write_all(rows);
  if (result) result = database_.execute("COMMIT");
  if (!result) {
    database_.roll_back();
    probe_.failed_commits.add();
    log_.error("the call log cannot be written, the rows are kept and tried again rows={} reason=\"{}\"",
               rows.size(), result.error().message);
    return result;
  }
  probe_.rows_written.add(rows.size());
  probe_.commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return {};
}

Result<void> Writer::write_all(std::vector<Row>& rows) {
  std::size_t index = 0;
  while (index < rows.size()) {
    const Result<void> written = write_row(database_, rows[index]);
    if (written) {
      ++index;
      continue;
    }
    if (is_passing(written.error().code)) return written;

    log_.error("the call log refused a row kind={} call={} reason=\"{}\"", kind_of(rows[index]),
               call_id_of(rows[index]), written.error().message);
    probe_.rows_refused.add();
    if (since_flush_) since_flush_ = written;
    rows.erase(rows.begin() + static_cast<std::ptrdiff_t>(index));
    // A refused statement undoes only itself, save for a few errors (out of memory) that end the transaction:
    // then the rows before it have to be written again.
    if (!database_.in_transaction()) {
      if (Result<void> again = database_.execute("BEGIN IMMEDIATE"); !again) return again;
      index = 0;
    }
  }
  return {};
}

}  // namespace parley::storage::sqlite
