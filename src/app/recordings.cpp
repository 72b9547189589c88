#include "app/recordings.hpp"

#include <exception>
#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

#include "async/on_pool.hpp"
#include "async/wait.hpp"
#include "base/exception_text.hpp"
#include "base/log.hpp"
#include "storage/file_blob_store.hpp"
#include "storage/s3/s3_blob_store.hpp"

namespace parley::app {
namespace {

const log::Logger kLog("recording");

void report(const std::exception_ptr& failure) {
  kLog.error("a task of recordings ended by itself reason=\"{}\"", exception_text(failure));
}

}  // namespace

Result<std::unique_ptr<storage::BlobStore>> open_blob_store(const settings::Settings& settings,
                                                            async::Executor executor,
                                                            async::BlockingPool& pool, const Clock& clock) {
  if (!settings.s3.bucket.empty())
    return storage::make_s3_blob_store(executor, storage::s3::s3_options(settings.s3), clock);
  return storage::make_file_blob_store(executor, pool, settings.data_dir);
}

Recordings::Recordings(const settings::Settings& settings, storage::CallStore& calls)
    : calls_(calls),
      pool_({.name = "uploads", .threads = 2, .queue_limit = 10'000, .niceness = 10}),
      shard_("uploads"),
      strays_{.data_dir = settings.data_dir, .before = std::filesystem::file_time_type::clock::now()},
      strays_again_(shard_.executor()),
      tasks_(shard_.executor(), report) {}

Result<std::unique_ptr<Recordings>> Recordings::open(const settings::Settings& settings,
                                                     storage::CallStore& calls, const Clock& clock,
                                                     metrics::Registry& registry) {
  std::unique_ptr<Recordings> recordings(new Recordings(settings, calls));
  auto blobs = open_blob_store(settings, recordings->shard_.executor(), recordings->pool_, clock);
  if (!blobs) return fail(std::move(blobs.error()));
  recordings->blobs_ = std::move(*blobs);
  if (recordings->blobs_->kind() != "files" && !settings.recordings.keep_local)
    recordings->strays_.moved_to = recordings->blobs_->kind();
  storage::UploaderOptions options;
  options.data_dir = settings.data_dir;
  options.prefix = settings.s3.prefix;
  options.keep_local = settings.recordings.keep_local;
  recordings->uploader_ = std::make_unique<storage::RecordingUploader>(
      recordings->shard_.executor(), *recordings->blobs_, calls, recordings->pool_, registry, options);
  return recordings;
}

Recordings::~Recordings() {
  stop();
}

void Recordings::start() {
  uploader_->resume();
  async::asio::post(shard_.executor(), [this] { tasks_.spawn(remove_strays()); });
}

// Looking through a large directory takes a while and nobody waits for it; without the call log it cannot be
// done, and what is left is not to wait for the next start.
async::Task<> Recordings::remove_strays() {
  constexpr std::chrono::seconds kAgain{10};
  while (!stopping_) {
    const auto removed = co_await async::on_pool<int>(shard_.executor(), pool_, [this] {
      return storage::remove_stray_recordings(calls_, strays_, stopping_);
    });
    if (removed) co_return;
    kLog.debug("files that a process left cannot be looked for yet reason=\"{}\"", describe(removed.error()));
    co_await async::wait_for(strays_again_, kAgain);
  }
}

async::Task<> Recordings::stop_tasks() {
  tasks_.cancel();
  co_await tasks_.join();
  co_await uploader_->stop();
}

void Recordings::stop() {
  if (!uploader_) return;
  stopping_ = true;
  async::asio::co_spawn(shard_.executor(), stop_tasks(), async::asio::use_future).wait();
  // Destroyed where it lives: what it holds belongs to that thread.
  std::promise<void> gone;
  async::asio::post(shard_.executor(), [this, &gone] {
    uploader_.reset();
    gone.set_value();
  });
  gone.get_future().wait();
  pool_.stop();
  shard_.stop();
}

void Recordings::on_call_started(const storage::CallRecord& call) {
  const MutexLock lock(mutex_);
  known_[call.id] = {.workspace = call.workspace_id};
}

// The recording is whole only after the end; without one nobody asks for the call again.
void Recordings::on_call_ended(const std::string& call_id, const storage::CallEnd&) {
  const MutexLock lock(mutex_);
  const auto found = known_.find(call_id);
  if (found != known_.end() && !found->second.is_recorded) known_.erase(found);
}

std::string Recordings::workspace_of(const std::string& call_id, bool whole) {
  const MutexLock lock(mutex_);
  const auto found = known_.find(call_id);
  if (found == known_.end()) return {};
  found->second.is_recorded = true;
  std::string workspace = found->second.workspace;
  if (whole) known_.erase(found);
  return workspace;
}

void Recordings::on_recording_started(const storage::RecordingRecord& recording) {
  uploader_->recording_started(recording.call_id, workspace_of(recording.call_id, false), recording.path);
}

void Recordings::on_recording_whole(const storage::RecordingRecord& recording) {
  uploader_->recording_finished(recording.call_id, workspace_of(recording.call_id, true), recording.path,
                                recording.duration_ms);
}

}  // namespace parley::app
