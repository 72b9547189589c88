#include "storage/call_log/writer.hpp"

#include <future>
#include <iterator>
#include <pthread.h>

namespace parley::storage::call_log {
namespace {

// Long transactions hold SQLite's only write lock and are lost as a whole.
constexpr std::size_t kRowsPerCommit = 1000;

}  // namespace

Writer::Writer(sql::Database& database, std::unique_ptr<Spool> spool, Options options,
               metrics::Registry& registry)
    : database_(database), options_(options), probe_(registry), spool_(std::move(spool)) {
  if (spool_) probe_.spooled_rows.set(static_cast<double>(spool_->rows()));
  if (spool_ && !spool_->empty()) {
    log_.warn("rows of an earlier run wait for the database rows={}", spool_->rows());
    const MutexLock lock(mutex_);
    retry_at_ = std::chrono::steady_clock::now();
  }
  thread_ = std::thread([this] { run(); });
}

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
    if (queue_.size() + taken_ >= options_.queue_limit) {
      probe_.rows_overflowed.add();
      tell = !std::exchange(overflow_told_, true);
    } else {
      // With a row there already the thread is awake or waiting for its time.
      wake = queue_.empty();
      queue_.push_back(std::move(row));
      probe_.queued_rows.set(static_cast<double>(queue_.size() + taken_));
    }
  }
  if (wake) changed_.notify_one();
  if (tell) log_.error("the call log cannot keep up: rows are dropped queued={}", options_.queue_limit);
}

void Writer::flush(Done done) {
  {
    const MutexLock lock(mutex_);
    flushes_.push_back({std::move(done), true});
  }
  changed_.notify_one();
}

Result<void> Writer::settle() {
  // Shared: the thread may still be inside set_value when we have the result.
  const auto settled = std::make_shared<std::promise<Result<void>>>();
  {
    const MutexLock lock(mutex_);
    flushes_.push_back({[settled](Result<void> result) { settled->set_value(std::move(result)); }, false});
  }
  changed_.notify_one();
  return settled->get_future().get();
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
    work();
    if (last) break;
  }
  if (!pending_.empty()) {
    probe_.rows_abandoned.add(pending_.size());
    log_.error("the call log could not be written before the end rows={}", pending_.size());
  }
}

void Writer::wait_for_work() {
  while (queue_.empty() && flushes_.empty() && !stopping_) {
    if (!retry_at_) {
      changed_.wait(mutex_);
    } else if (changed_.wait_until(mutex_, *retry_at_) == std::cv_status::timeout) {
      return;
    }
  }
  const auto deadline = std::chrono::steady_clock::now() + options_.batch_delay;
  while (flushes_.empty() && !stopping_) {
    if (changed_.wait_until(mutex_, deadline) == std::cv_status::timeout) return;
  }
}

void Writer::take_queue() {
  const MutexLock lock(mutex_);
  std::move(queue_.begin(), queue_.end(), std::back_inserter(pending_));
  queue_.clear();
  taken_ = pending_.size();
}

bool Writer::stopping() {
  const MutexLock lock(mutex_);
  return stopping_;
}

void Writer::note_memory() {
  const MutexLock lock(mutex_);
  taken_ = pending_.size();
  const std::size_t held = queue_.size() + taken_;
  if (held < options_.queue_limit / 2) overflow_told_ = false;
  probe_.queued_rows.set(static_cast<double>(held));
  if (spool_) probe_.spooled_rows.set(static_cast<double>(spool_->rows()));
}

void Writer::work() {
  std::vector<Waiting> flushes;
  bool resting = false;  // the database failed a moment ago: rows are only put aside
  {
    const MutexLock lock(mutex_);
    flushes.swap(flushes_);
    resting = retry_at_ && std::chrono::steady_clock::now() < *retry_at_ && flushes.empty() && !stopping_;
  }
  take_queue();
  if (resting) {
    spool_pending();
    note_memory();
    return;
  }

  const Result<void> delivered = deliver();
  note_memory();
  {
    const MutexLock lock(mutex_);
    retry_at_.reset();
    if (!delivered) retry_at_ = std::chrono::steady_clock::now() + options_.retry_delay;
  }
  for (const Waiting& waiting : flushes) {
    waiting.done(delivered && waiting.tells_refusals ? since_flush_ : delivered);
    if (waiting.tells_refusals) since_flush_ = {};
  }
}

void Writer::spool_pending() {
  if (!spool_ || pending_.empty()) return;
  if (auto kept = spool_->append(pending_); !kept) {
    if (!std::exchange(spool_failing_, true))
      log_.error("rows of the call log stay in memory: {} rows={}", kept.error().message, pending_.size());
    return;
  }
  spool_failing_ = false;
  pending_.clear();
}

Result<void> Writer::deliver() {
  Result<void> delivered = deliver_spool();
  if (delivered) delivered = deliver_pending();
  if (delivered) {
    if (std::exchange(failing_, false)) log_.warn("the call log is written again");
    return delivered;
  }
  spool_pending();
  probe_.failed_commits.add();
  if (!std::exchange(failing_, true)) {
    log_.error(
        "the call log cannot be written, rows are kept and tried again in_memory={} on_disk={} reason=\"{}\"",
        pending_.size(), spool_ ? spool_->rows() : 0, delivered.error().message);
  }
  return delivered;
}

Result<void> Writer::deliver_spool() {
  if (!spool_) return {};
  // New rows wait behind the old ones, on disk too: emptying the spool may take minutes.
  while (!spool_->empty()) {
    spool_pending();
    const auto rows = spool_->front(kRowsPerCommit);
    if (!rows) return fail(rows.error());
    if (auto committed = commit(**rows); !committed) return committed;
    if (spool_->damaged() > 0) {
      probe_.rows_damaged.add(spool_->damaged());
      log_.error("damaged rows in the spool of the call log rows={}", spool_->damaged());
    }
    spool_->pop();
    note_memory();
    if (!spool_->empty() && stopping())
      return fail(Errc::unavailable, "rows of the call log wait in the spool for the next start");
    take_queue();
  }
  return {};
}

Result<void> Writer::deliver_pending() {
  std::size_t done = 0;
  Result<void> committed;
  while (committed && done < pending_.size()) {
    const std::size_t count = std::min(kRowsPerCommit, pending_.size() - done);
    committed = commit(std::span<const Row>(pending_).subspan(done, count));
    if (committed) done += count;
  }
  pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(done));
  return committed;
}

Result<void> Writer::commit(std::span<const Row> rows) {
  // A refused row undoes its transaction: those before it are committed by themselves, it is left out, and
  // the others follow.
  std::size_t end = rows.size();
  while (!rows.empty()) {
    const auto refused = attempt(rows.first(end));
    if (!refused) return fail(refused.error());
    if (!*refused) {
      rows = rows.subspan(end);
      end = rows.size();
    } else if (**refused > 0) {
      end = **refused;
    } else {
      refuse(rows.front());
      rows = rows.subspan(1);
      end = rows.size();
    }
  }
  return {};
}

Result<std::optional<std::size_t>> Writer::attempt(std::span<const Row> rows) {
  const auto began = std::chrono::steady_clock::now();
  auto lease = database_.writer();
  if (!lease) return fail(std::move(lease.error()));
  sql::Connection& connection = **lease;
  if (auto begun = connection.begin(); !begun) return fail(std::move(begun.error()));
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto written = write_row(connection, rows[i]);
    if (written) continue;
    connection.roll_back();
    if (is_passing(written.error().code)) return fail(std::move(written.error()));
    refusal_ = std::move(written.error());
    return std::optional(i);
  }
  if (auto committed = connection.commit(); !committed) return fail(std::move(committed.error()));
  probe_.rows_written.add(rows.size());
  probe_.commit_seconds.observe(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count());
  return std::optional<std::size_t>();
}

void Writer::refuse(const Row& row) {
  log_.error("the call log refused a row kind={} call={} reason=\"{}\"", kind_of(row), call_id_of(row),
             refusal_.message);
  probe_.rows_refused.add();
  if (since_flush_) since_flush_ = fail(refusal_);
}

}  // namespace parley::storage::call_log
