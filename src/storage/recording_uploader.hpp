// Sees to it that every recording comes to where recordings are kept, however long that takes: parts follow
// the call while it runs, failures are tried again for ever, and what a process that died has begun is taken
// up by the next. With files nothing is copied: the row says that the recording is stored where it is.
//
// Invariants
//  1. A file is removed only after the store has told its size and the row that says so is on disk.
//  2. At most `concurrency` parts (5 MiB each) are in memory.
// Thread: the recording_* functions and resume() from any; stop() and the rest on the executor's. A shard of
// its own keeps the digests of parts away from calls. Lifetime: stopped before it is destroyed; what it is
// given outlives it.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/guarded.hpp"
#include "async/task.hpp"
#include "async/task_group.hpp"
#include "base/metrics.hpp"
#include "storage/blob_store.hpp"
#include "storage/call_store.hpp"
#include "storage/recording_upload.hpp"
#include "storage/upload_slots.hpp"

namespace parley::storage {

struct UploaderOptions {
  std::filesystem::path data_dir;
  std::string prefix;       // of keys in S3, without a slash at the end; may be empty
  bool keep_local = false;  // the file stays when it is stored elsewhere
  int concurrency = 4;
  std::chrono::milliseconds poll{30'000};  // how often a growing file is looked at: 10 MiB are five minutes
  std::chrono::milliseconds first_retry{1'000};
  std::chrono::milliseconds longest_retry{300'000};
};

// How long to wait behind so many failures: doubling, and spread by `random` (0 to 1) so that a thousand
// recordings do not come back in the same moment.
std::chrono::milliseconds retry_delay(int failures, double random, std::chrono::milliseconds first,
                                      std::chrono::milliseconds longest);

class RecordingUploader {
 public:
  RecordingUploader(async::Executor executor, BlobStore& blobs, CallStore& calls, async::BlockingPool& pool,
                    metrics::Registry& registry, UploaderOptions options);
  ~RecordingUploader();
  RecordingUploader(const RecordingUploader&) = delete;
  RecordingUploader& operator=(const RecordingUploader&) = delete;

  // `path` is RecordingRecord::path: relative to the data directory.
  void recording_started(std::string call_id, std::string workspace, std::string path);
  // After put_recording() of the complete recording. Also of a recording whose file had faults: what is there
  // is kept. Without recording_started() before it is uploaded all the same.
  void recording_finished(std::string call_id, std::string workspace, std::string path,
                          std::int64_t duration_ms);

  // At the start, after recover_interrupted_calls(): takes up everything that is complete and not stored yet,
  // some hundred at a time. Recordings whose file is not on this machine are left alone.
  void resume();

  // Ends what is under way; the rows say how to go on.
  async::Task<> stop();

 private:
  struct Job {
    Job(async::Executor executor, UploadContext& context, RecordingBlob row, std::string path)
        : wake(executor), upload(context, std::move(row), std::move(path)) {}
    std::string call_id{};
    bool finished = false;
    bool resumed = false;
    std::int64_t duration_ms = 0;
    int failures = 0;
    async::Timer wake;
    RecordingUpload upload;
  };

  std::shared_ptr<Job> add(RecordingBlob row, const std::string& path);
  void finish(Job& job, std::int64_t duration_ms);
  RecordingBlob new_row(const std::string& call_id, const std::string& workspace,
                        const std::string& path) const;

  async::Task<> run(std::shared_ptr<Job> job);
  async::Task<> follow(Job& job);
  async::Task<> store(Job& job);
  async::Task<> wait_after_failure(Job& job, Error error);
  async::Task<> take_up_all();
  int take_up(const std::vector<CallSummary>& listed);
  std::chrono::milliseconds delay(int failures);

  async::Executor executor_;
  UploaderOptions options_;
  BlobStore& blobs_;
  CallStore& calls_;
  async::BlockingPool& pool_;
  metrics::Gauge& waiting_;
  metrics::Counter& stored_;
  metrics::Counter& failed_;
  metrics::Counter& missing_;
  UploadSlots slots_;
  UploadContext context_;
  std::map<std::string, std::shared_ptr<Job>> jobs_;  // by call
  std::set<std::string> left_alone_;                  // listed by the call log, and nothing to do here
  std::set<std::string> ended_;                       // jobs, since the call log was asked last
  bool taking_up_ = false;
  std::size_t resumed_ = 0;  // of the jobs
  async::Timer resumed_ended_;
  std::minstd_rand random_{std::random_device{}()};
  async::TaskGroup tasks_;
  async::Guard guard_;
};

}  // namespace parley::storage
