#include "storage/recording_file.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/core.h>

#include "audio/wav.hpp"
#include "base/log.hpp"

namespace parley::storage {
namespace {

const log::Logger kLog{"recording"};

// What may wait for a slow disk before audio is dropped: with 8 kHz blocks of half a second, 32 MiB.
constexpr int kMaxBlocksOut = 2048;
// Buffers kept for reuse; more than this only a stalled disk has needed.
constexpr std::size_t kMaxStock = 128;
// Opening and finishing are never refused for lack of room; there are two of them a recording.
constexpr std::size_t kQueueLimit = 1U << 20;

constexpr std::uint32_t kUnknownLength = 0xffffffff;

}  // namespace

RecordingFile::RecordingFile(std::filesystem::path path, int sample_rate_hz)
    : path_(std::move(path)), sample_rate_hz_(sample_rate_hz) {}

RecordingFile::~RecordingFile() {
  if (fd_ >= 0) ::close(fd_);
}

std::unexpected<Error> RecordingFile::failed(std::string_view what, int error_number) {
  Error error{Errc::io,
              fmt::format("cannot {} recording {}: {}", what, path_.string(), std::strerror(error_number))};
  if (first_error_.message.empty()) first_error_ = error;
  return fail(std::move(error));
}

Result<void> RecordingFile::open() {
  std::error_code ignored;  // what matters is whether the file can be opened
  if (path_.has_parent_path()) std::filesystem::create_directories(path_.parent_path(), ignored);
  fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  if (fd_ < 0) return failed("open", errno);
  const std::string header = audio::wav_header(sample_rate_hz_, kRecordingChannels, kUnknownLength);
  return write_at(0, header.data(), header.size());
}

Result<void> RecordingFile::write(std::int64_t frame, std::span<const std::int16_t> interleaved) {
  return write_at(kRecordingHeaderBytes + frame * kRecordingFrameBytes,
                  reinterpret_cast<const char*>(interleaved.data()), interleaved.size_bytes());
}

Result<void> RecordingFile::write_at(std::int64_t offset, const char* bytes, std::size_t size) {
  if (fd_ < 0) return fail(first_error_);
  while (size > 0) {
    const ssize_t written = ::pwrite(fd_, bytes, size, offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return failed("write", written < 0 ? errno : EIO);
    bytes += written;
    size -= static_cast<std::size_t>(written);
    offset += written;
  }
  return {};
}

Result<void> RecordingFile::finish(std::int64_t frames) {
  if (fd_ < 0) return fail(first_error_);
  const std::int64_t data_bytes = frames * kRecordingFrameBytes;
  if (::ftruncate(fd_, kRecordingHeaderBytes + data_bytes) != 0) (void)failed("set the length of", errno);
  const std::string header =
      audio::wav_header(sample_rate_hz_, kRecordingChannels, static_cast<std::uint32_t>(data_bytes));
  auto written = write_at(0, header.data(), header.size());
  if (::close(std::exchange(fd_, -1)) != 0) (void)failed("close", errno);
  if (!first_error_.message.empty()) return fail(first_error_);
  return written;
}

RecordingWriter::RecordingWriter(metrics::Registry& registry)
    : dropped_samples_(
          registry.counter("parley_recording_dropped_samples_total",
                           "Samples left out of recordings: late, too far ahead, or disk too slow")),
      write_errors_(registry.counter("parley_recording_write_errors_total",
                                     "Failed attempts to open, write or finish a recording's file")),
      pool_({.name = "recording", .threads = 1, .queue_limit = kQueueLimit}) {}

RecordingWriter::~RecordingWriter() {
  pool_.stop();
}

// The first failure of a file is worth a line; a full disk would otherwise write two a second for every call.
void RecordingWriter::note(const Result<void>& result, bool first) {
  if (result) return;
  write_errors_.add();
  if (first) kLog.error("{}", result.error().message);
}

void RecordingWriter::open(const std::shared_ptr<RecordingFile>& file) {
  note(pool_.submit([this, file](const auto&) { note(file->open(), true); }), true);
}

std::unique_ptr<RecordingWriter::Block> RecordingWriter::take_block() {
  if (blocks_out_.load(std::memory_order_relaxed) >= kMaxBlocksOut) return nullptr;
  blocks_out_.fetch_add(1, std::memory_order_relaxed);
  {
    const std::scoped_lock lock(stock_mutex_);
    if (!stock_.empty()) {
      auto block = std::move(stock_.back());
      stock_.pop_back();
      return block;
    }
  }
  return std::make_unique<Block>();
}

void RecordingWriter::give_back(std::unique_ptr<Block> block) {
  blocks_out_.fetch_sub(1, std::memory_order_relaxed);
  block->file.reset();
  const std::scoped_lock lock(stock_mutex_);
  if (stock_.size() < kMaxStock) stock_.push_back(std::move(block));
}

void RecordingWriter::write(std::unique_ptr<Block> block) {
  // A job must be copyable, a block is not; the job owns it all the same.
  Block* const raw = block.release();
  const auto queued = pool_.submit([this, raw](const auto&) {
    std::unique_ptr<Block> owned(raw);
    const bool first = owned->file->first_error().message.empty();
    const auto written = owned->file->write(owned->frame, owned->interleaved);
    note(written, first);
    if (!written) count_dropped(static_cast<std::int64_t>(owned->interleaved.size()));
    give_back(std::move(owned));
  });
  if (queued) return;
  count_dropped(static_cast<std::int64_t>(raw->interleaved.size()));
  give_back(std::unique_ptr<Block>(raw));
}

void RecordingWriter::finish(std::shared_ptr<RecordingFile> file, std::int64_t frames,
                             std::function<void(Result<std::int64_t>)> done) {
  const auto queued = pool_.submit([this, file = std::move(file), frames, done](const auto&) {
    const bool first = file->first_error().message.empty();
    const auto finished = file->finish(frames);
    note(finished, first);
    if (!done) return;
    if (finished) {
      done(frames);
    } else {
      done(fail(finished.error()));
    }
  });
  if (!queued && done) done(fail(queued.error()));
}

}  // namespace parley::storage
