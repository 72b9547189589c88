#include "storage/recording_uploader.hpp"

#include <algorithm>
#include <exception>

#include <boost/asio/post.hpp>
#include <fmt/core.h>

#include "async/on_pool.hpp"
#include "async/wait.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"
#include "storage/blob_key.hpp"

namespace parley::storage {
namespace {

using async::Task;
using std::chrono::milliseconds;

const log::Logger kLog("recording");

constexpr int kTakenUpAtOnce = 256;

void report(const std::exception_ptr& failure) {
  kLog.error("an upload ended by itself reason=\"{}\"", exception_text(failure));
}

metrics::Counter& uploads(metrics::Registry& registry, const char* result) {
  return registry.counter("parley_recording_uploads_total",
                          "Attempts to store recordings: failed ones are tried again, missing have no file",
                          {{"result", result}});
}

}  // namespace

milliseconds retry_delay(int failures, double random, milliseconds first, milliseconds longest) {
  milliseconds delay = std::min(first, longest);
  for (int i = 1; i < failures && delay < longest; ++i)
    delay = std::min(delay * 2, longest);
  return milliseconds(
      static_cast<milliseconds::rep>(static_cast<double>(delay.count()) * (0.5 + random / 2)));
}

RecordingUploader::RecordingUploader(async::Executor executor, BlobStore& blobs, CallStore& calls,
                                     async::BlockingPool& pool, metrics::Registry& registry,
                                     UploaderOptions options)
    : executor_(executor),
      options_(std::move(options)),
      blobs_(blobs),
      calls_(calls),
      pool_(pool),
      waiting_(registry.gauge("parley_recordings_waiting", "Finished recordings that are not stored yet")),
      stored_(uploads(registry, "stored")),
      failed_(uploads(registry, "failed")),
      missing_(uploads(registry, "missing")),
      slots_(executor, options_.concurrency),
      context_{.executor = executor,
               .blobs = blobs,
               .calls = calls,
               .pool = pool,
               .data_dir = options_.data_dir,
               .keep_local = options_.keep_local,
               .slots = slots_},
      resumed_ended_(executor),
      tasks_(executor, report) {}

RecordingUploader::~RecordingUploader() = default;

RecordingBlob RecordingUploader::new_row(const std::string& call_id, const std::string& workspace,
                                         const std::string& path) const {
  RecordingBlob row;
  row.call_id = call_id;
  row.kind = blobs_.kind();
  row.key = path;
  if (row.kind != "files")
    row.key = fmt::format("{}{}{}/{}", options_.prefix, options_.prefix.empty() ? "" : "/", workspace, path);
  return row;
}

void RecordingUploader::recording_started(std::string call_id, std::string workspace, std::string path) {
  if (blobs_.kind() == "files") return;
  async::asio::post(executor_, [this, ticket = guard_.ticket(), id = std::move(call_id),
                                workspace = std::move(workspace), path = std::move(path)] {
    if (!ticket.valid() || jobs_.contains(id)) return;
    add(new_row(id, workspace, path), path);
  });
}

void RecordingUploader::recording_finished(std::string call_id, std::string workspace, std::string path,
                                           std::int64_t duration_ms) {
  async::asio::post(executor_, [this, ticket = guard_.ticket(), id = std::move(call_id),
                                workspace = std::move(workspace), path = std::move(path), duration_ms] {
    if (!ticket.valid()) return;
    const auto found = jobs_.find(id);
    const auto job = found != jobs_.end() ? found->second : add(new_row(id, workspace, path), path);
    if (job) finish(*job, duration_ms);
  });
}

void RecordingUploader::resume() {
  if (blobs_.kind() == "files") return;
  async::asio::post(executor_, [this, ticket = guard_.ticket()] {
    if (!ticket.valid() || std::exchange(taking_up_, true)) return;
    tasks_.spawn(take_up_all());
  });
}

Task<> RecordingUploader::stop() {
  tasks_.cancel();
  co_await tasks_.join();
}

// Null: it cannot be stored under such names.
std::shared_ptr<RecordingUploader::Job> RecordingUploader::add(RecordingBlob row, const std::string& path) {
  const std::string id = row.call_id;
  if (!check_blob_key(path) || !check_blob_key(row.key)) {
    kLog.with_call(id).error("the recording has a path that cannot be stored");
    failed_.add();
    return nullptr;
  }
  auto job = std::make_shared<Job>(executor_, context_, std::move(row), path);
  job->call_id = id;
  jobs_[id] = job;
  tasks_.spawn(run(job));
  return job;
}

void RecordingUploader::finish(Job& job, std::int64_t duration_ms) {
  if (job.finished) return;
  job.finished = true;
  job.duration_ms = duration_ms;
  waiting_.add(1);
  job.wake.cancel();
}

milliseconds RecordingUploader::delay(int failures) {
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  return retry_delay(failures, random, options_.first_retry, options_.longest_retry);
}

Task<> RecordingUploader::wait_after_failure(Job& job, Error error) {
  ++job.failures;
  failed_.add();
  const auto log = kLog.with_call(job.call_id);
  // Once is enough for a person; the metric counts the rest.
  if (job.failures == 1) log.warn("not stored yet, will be tried again reason=\"{}\"", describe(error));
  if (job.failures != 1) log.debug("not stored yet attempts={} reason=\"{}\"", job.failures, describe(error));
  co_await async::wait_for(job.wake, delay(job.failures));
}

Task<> RecordingUploader::follow(Job& job) {
  while (!job.finished) {
    auto put = co_await job.upload.put_grown();
    if (job.finished) break;
    if (!put) {
      co_await wait_after_failure(job, std::move(put.error()));
    } else {
      job.failures = 0;
      co_await async::wait_for(job.wake, options_.poll);
    }
  }
}

Task<> RecordingUploader::store(Job& job) {
  for (;;) {
    auto stored = co_await job.upload.store(job.duration_ms);
    if (stored) {
      stored_.add();
      kLog.with_call(job.call_id).debug("recording stored kind={}", blobs_.kind());
      co_return;
    }
    if (job.upload.file_is_gone()) {
      missing_.add();
      left_alone_.insert(job.call_id);
      kLog.with_call(job.call_id).warn("there is no file of the recording on this machine");
      co_return;
    }
    co_await wait_after_failure(job, std::move(stored.error()));
  }
}

Task<> RecordingUploader::run(std::shared_ptr<Job> job) {
  // The first thing a task of ours does happens behind whatever spawned it: finish() may still come.
  co_await async::yield(executor_);
  co_await follow(*job);
  co_await store(*job);
  waiting_.add(-1);
  if (job->resumed) {
    --resumed_;
    resumed_ended_.cancel();
  }
  if (taking_up_) ended_.insert(job->call_id);
  jobs_.erase(job->call_id);
}

// Starts what is new; gives how many those are.
int RecordingUploader::take_up(const std::vector<CallSummary>& listed) {
  int taken = 0;
  for (const CallSummary& summary : listed) {
    const std::string& id = summary.call.id;
    if (jobs_.contains(id) || left_alone_.contains(id) || ended_.contains(id)) continue;
    const auto& recording = summary.recording;
    // Not complete: another node's, or a call that goes on.
    if (!recording || !recording->complete || recording->path.empty()) {
      left_alone_.insert(id);
      continue;
    }
    RecordingBlob row = new_row(id, summary.call.workspace_id, recording->path);
    // The key of then, should the prefix have been changed since.
    if (summary.blob && summary.blob->kind == row.kind && !summary.blob->upload_token.empty())
      row = *summary.blob;
    const auto job = add(std::move(row), recording->path);
    if (!job) {
      left_alone_.insert(id);
      continue;
    }
    job->resumed = true;
    ++resumed_;
    ++taken;
    finish(*job, recording->duration_ms);
  }
  return taken;
}

Task<> RecordingUploader::take_up_all() {
  int failures = 0;
  for (;;) {
    // Oldest first: those that are known already come before the new ones.
    ended_.clear();
    const auto known = jobs_.size() + left_alone_.size();
    const int limit = static_cast<int>(std::min<std::size_t>(known, 1'000'000)) + kTakenUpAtOnce;
    const auto listed = co_await async::on_pool<std::vector<CallSummary>>(
        executor_, pool_, [&calls = calls_, kind = std::string(blobs_.kind()), limit] {
          return calls.unstored_recordings(kind, limit);
        });
    if (!listed) {
      kLog.warn("unstored recordings cannot be listed yet reason=\"{}\"", describe(listed.error()));
      co_await async::wait_for(resumed_ended_, delay(++failures));
      continue;
    }
    failures = 0;
    const bool all = static_cast<int>(listed->size()) < limit;
    const int taken = take_up(*listed);
    if (taken > 0) kLog.info("recordings taken up recordings={}", taken);
    if (all) break;
    while (resumed_ > kTakenUpAtOnce / 2)
      co_await async::wait_for(resumed_ended_, options_.longest_retry);
  }
  taking_up_ = false;
}

}  // namespace parley::storage
