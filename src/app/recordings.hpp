// Where recordings go when they are made: files in the data directory, and from there to S3 if there is a
// bucket. Uploads have a thread and a loop of their own, so that digests of parts keep no call waiting.
//
// Thread: as engine::CallObserver; start() and stop() on the main thread.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <unordered_map>

#include "async/blocking_pool.hpp"
#include "async/shard.hpp"
#include "async/task_group.hpp"
#include "base/thread_annotations.hpp"
#include "engine/call.hpp"
#include "settings/settings.hpp"
#include "storage/blob_store.hpp"
#include "storage/recording_uploader.hpp"
#include "storage/stray_recordings.hpp"

namespace parley::app {

// Files below the data directory, or the bucket of the settings. `pool` and `clock` outlive it.
Result<std::unique_ptr<storage::BlobStore>> open_blob_store(const settings::Settings& settings,
                                                            async::Executor executor,
                                                            async::BlockingPool& pool, const Clock& clock);

class Recordings final : public engine::CallObserver {
 public:
  // The call log, the clock and the registry outlive it.
  static Result<std::unique_ptr<Recordings>> open(const settings::Settings& settings,
                                                  storage::CallStore& calls, const Clock& clock,
                                                  metrics::Registry& registry);
  ~Recordings() override;

  // Takes up what another process has left, and removes what is of no use any more; after
  // recover_interrupted_calls().
  void start();
  // Ends what is under way; the next start goes on with it. After the recorder, before the call log.
  void stop();

  void on_call_started(const storage::CallRecord& call) override;
  void on_transcript_line(const std::string&, const engine::TranscriptLine&) override {}
  void on_call_ended(const std::string& call_id, const storage::CallEnd& end) override;
  void on_recording_started(const storage::RecordingRecord& recording) override;
  void on_recording_whole(const storage::RecordingRecord& recording) override;

 private:
  Recordings(const settings::Settings& settings, storage::CallStore& calls);
  async::Task<> remove_strays();
  async::Task<> stop_tasks();
  struct Known {
    std::string workspace{};
    bool is_recorded = false;
  };
  std::string workspace_of(const std::string& call_id, bool whole);

  storage::CallStore& calls_;
  async::BlockingPool pool_;
  async::Shard shard_;
  storage::StrayRecordings strays_;
  std::atomic<bool> stopping_ = false;
  async::Timer strays_again_;
  async::TaskGroup tasks_;
  std::unique_ptr<storage::BlobStore> blobs_;
  std::unique_ptr<storage::RecordingUploader> uploader_;
  Mutex mutex_;
  std::unordered_map<std::string, Known> known_ PARLEY_GUARDED_BY(mutex_);  // by call
};

}  // namespace parley::app
