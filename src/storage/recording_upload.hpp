// One recording's way into a BlobStore. The file grows while the call runs: its parts follow it, all but the
// first, whose header tells the length and is written last; a short recording is one plain put.
//
// Every step may be tried again after any error, in another process too: what was begun stands in the call
// log's row. Thread: the executor's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/log.hpp"
#include "storage/blob_store.hpp"
#include "storage/call_store.hpp"
#include "storage/upload_slots.hpp"

namespace parley::storage {

// What all uploads share; outlives them.
struct UploadContext {
  async::Executor executor;
  BlobStore& blobs;
  CallStore& calls;
  async::BlockingPool& pool;  // for the files
  std::filesystem::path data_dir;
  bool keep_local = false;
  UploadSlots& slots;
};

class RecordingUpload {
 public:
  // `row` tells where the blob goes and what another process has done of it.
  RecordingUpload(UploadContext& context, RecordingBlob row, std::string path);
  RecordingUpload(const RecordingUpload&) = delete;
  RecordingUpload& operator=(const RecordingUpload&) = delete;

  // Puts the parts that the growing file is ready for.
  async::Task<Result<void>> put_grown();
  // The file will not change any more: afterwards it is stored, the call log knows it and, unless it is to be
  // kept, the file is gone.
  async::Task<Result<void>> store(std::int64_t duration_ms);

  // The last error was that there is no file: trying again is useless.
  bool file_is_gone() const { return file_is_gone_; }

 private:
  async::Task<Result<std::uint64_t>> file_size();
  async::Task<Result<void>> begin();
  async::Task<Result<void>> put_part(std::uint64_t first, std::uint64_t end);
  async::Task<Result<void>> put_all(std::uint64_t size);
  async::Task<Result<void>> put_parts(std::uint64_t size);
  async::Task<Result<void>> put_missing_parts(std::uint64_t size);
  async::Task<Result<void>> take_up(std::uint64_t size);
  async::Task<Result<bool>> is_there(std::uint64_t size);
  async::Task<Result<void>> write_stored(std::uint64_t size);
  async::Task<Result<void>> flush();
  async::Task<> remove_file(std::int64_t duration_ms);
  async::Task<> begin_again();
  void write_row();

  UploadContext& context_;
  RecordingBlob row_;  // its `bytes`: parts from the second on reach to here
  std::string path_;
  log::Logger log_;
  std::unique_ptr<BlobUpload> upload_;
  bool may_be_there_;  // an answer may have been lost
  bool file_is_gone_ = false;
};

}  // namespace parley::storage
