#include "app/recordings.hpp"

#include <future>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include "storage/file_blob_store.hpp"
#include "storage/s3/s3_blob_store.hpp"

namespace parley::app {

Result<std::unique_ptr<storage::BlobStore>> open_blob_store(const settings::Settings& settings,
                                                            async::Executor executor,
                                                            async::BlockingPool& pool, const Clock& clock) {
  if (!settings.s3.bucket.empty())
    return storage::make_s3_blob_store(executor, storage::s3::s3_options(settings.s3), clock);
  return storage::make_file_blob_store(executor, pool, settings.data_dir);
}

Recordings::Recordings(const settings::Settings&)
    : pool_({.name = "uploads", .threads = 2, .queue_limit = 10'000}), shard_("uploads") {}

Result<std::unique_ptr<Recordings>> Recordings::open(const settings::Settings& settings,
                                                     storage::CallStore& calls, const Clock& clock,
                                                     metrics::Registry& registry) {
  std::unique_ptr<Recordings> recordings(new Recordings(settings));
  auto blobs = open_blob_store(settings, recordings->shard_.executor(), recordings->pool_, clock);
  if (!blobs) return fail(std::move(blobs.error()));
  recordings->blobs_ = std::move(*blobs);
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
}

void Recordings::stop() {
  if (!uploader_) return;
  async::asio::co_spawn(shard_.executor(), uploader_->stop(), async::asio::use_future).wait();
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
  workspaces_[call.id] = call.workspace_id;
}

std::string Recordings::workspace_of(const std::string& call_id, bool forget) {
  const MutexLock lock(mutex_);
  const auto found = workspaces_.find(call_id);
  if (found == workspaces_.end()) return {};
  std::string workspace = found->second;
  if (forget) workspaces_.erase(found);
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
