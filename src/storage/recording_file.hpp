// The file side of the recorder: one thread writes every recording's blocks in the order they were handed
// over. Made for a thousand calls: buffers are reused, a block is one pwrite, and a dropped block leaves a
// hole that reads as silence, because blocks know their place in the file.
//
// The header stands at "length unknown" until the recording is finished: rewriting it on the way would cost a
// write a call every few seconds, and gain nothing, since after a crash repair_recording makes it right from
// the file's size and readers take that length to mean "to the end".
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "async/blocking_pool.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"

namespace parley::storage {

inline constexpr int kRecordingChannels = 2;
inline constexpr std::int64_t kRecordingFrameBytes = kRecordingChannels * 2;
inline constexpr std::int64_t kRecordingHeaderBytes = 44;
// The largest sound a RIFF file can hold, in frames.
inline constexpr std::int64_t kRecordingMaxFrames =
    (0xffffffffLL - kRecordingHeaderBytes) / kRecordingFrameBytes;

// Belongs to the file thread from the first job on.
class RecordingFile {
 public:
  RecordingFile(std::filesystem::path path, int sample_rate_hz);
  ~RecordingFile();
  RecordingFile(const RecordingFile&) = delete;
  RecordingFile& operator=(const RecordingFile&) = delete;

  Result<void> open();
  Result<void> write(std::int64_t frame, std::span<const std::int16_t> interleaved);
  // Cuts or extends the file to `frames`, writes the true header and closes.
  Result<void> finish(std::int64_t frames);

  // What went wrong first; code internal with no text: nothing did.
  const Error& first_error() const { return first_error_; }

 private:
  Result<void> write_at(std::int64_t offset, const char* bytes, std::size_t size);
  std::unexpected<Error> failed(std::string_view what, int error_number);

  std::filesystem::path path_;
  int sample_rate_hz_;
  int fd_ = -1;
  Error first_error_;
};

class RecordingWriter {
 public:
  explicit RecordingWriter(metrics::Registry& registry);
  ~RecordingWriter();

  // A block of the recorder's stock; returns to it after writing.
  struct Block {
    std::shared_ptr<RecordingFile> file;
    std::int64_t frame = 0;  // its place in the file
    std::vector<std::int16_t> interleaved;
  };

  // Any thread, never blocking.
  void open(const std::shared_ptr<RecordingFile>& file);
  // Null when too much is waiting: the caller counts what it drops.
  std::unique_ptr<Block> take_block();
  void write(std::unique_ptr<Block> block);
  void finish(std::shared_ptr<RecordingFile> file, std::int64_t frames,
              std::function<void(Result<std::int64_t>)> done);

  void count_dropped(std::int64_t samples) { dropped_samples_.add(static_cast<std::uint64_t>(samples)); }

 private:
  void give_back(std::unique_ptr<Block> block);
  void note(const Result<void>& result, bool first);

  metrics::Counter& dropped_samples_;
  metrics::Counter& write_errors_;
  std::atomic<int> blocks_out_{0};
  std::mutex stock_mutex_;
  std::vector<std::unique_ptr<Block>> stock_;
  async::BlockingPool pool_;  // last: its thread uses the members above
};

}  // namespace parley::storage
