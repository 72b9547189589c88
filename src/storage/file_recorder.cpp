// The call's side of the recorder: what is not yet final waits in two rings; at least half a second of what
// is final goes to the file thread as one interleaved block.
//
// Memory a call at 8 kHz: 2.5 s for the agent, who may be two seconds ahead of a clock half a second old, and
// 1 s for the caller, 55 KiB in all.
#include <algorithm>

#include "storage/recording.hpp"
#include "storage/recording_file.hpp"
#include "storage/recording_ring.hpp"

namespace parley::storage {
namespace {

constexpr int kAgentRingMs = 2500;
constexpr int kCallerRingMs = 1000;
constexpr int kMaxAheadMs = 2000;
constexpr int kBlockMs = 500;

class FileRecording final : public Recording {
 public:
  FileRecording(RecordingWriter& writer, std::filesystem::path path, int rate)
      : writer_(writer),
        file_(std::make_shared<RecordingFile>(std::move(path), rate)),
        block_frames_(frames(kBlockMs, rate)),
        max_ahead_(frames(kMaxAheadMs + kBlockMs, rate)),
        caller_(static_cast<std::size_t>(frames(kCallerRingMs, rate))),
        agent_(static_cast<std::size_t>(frames(kAgentRingMs, rate))) {
    writer_.open(file_);
  }

  ~FileRecording() override { finish(now_, {}); }

  void write_caller(std::int64_t position, std::span<const std::int16_t> samples) override;
  void write_agent(std::int64_t position, std::span<const std::int16_t> samples) override;
  void cut_agent(std::int64_t position) override {
    if (!finished_) agent_.cut(position);
  }
  void advance(std::int64_t now) override;
  void finish(std::int64_t end, std::function<void(Result<std::int64_t>)> done) override;

 private:
  static std::int64_t frames(int ms, int rate) { return static_cast<std::int64_t>(ms) * rate / 1000; }

  std::int64_t flushed() const { return caller_.begin(); }
  void flush_to(std::int64_t position);
  void flush_block(std::int64_t count);

  RecordingWriter& writer_;
  std::shared_ptr<RecordingFile> file_;
  std::int64_t block_frames_;
  std::int64_t max_ahead_;
  RecordingRing caller_;  // both rings always begin at the same position
  RecordingRing agent_;
  std::int64_t now_ = 0;
  bool finished_ = false;
};

void FileRecording::write_caller(std::int64_t position, std::span<const std::int16_t> samples) {
  if (finished_) return;
  while (!samples.empty()) {
    if (position > now_ + max_ahead_) break;
    // A burst longer than the ring is let through by what it proves: its beginning has been heard.
    if (position >= caller_.limit()) flush_to(position);
    const std::int64_t room =
        std::max<std::int64_t>(1, caller_.limit() - std::max(position, caller_.begin()));
    const auto piece = samples.first(std::min(samples.size(), static_cast<std::size_t>(room)));
    const std::size_t left_out = caller_.write(position, piece);
    if (left_out > 0) writer_.count_dropped(static_cast<std::int64_t>(left_out));
    position += static_cast<std::int64_t>(piece.size());
    samples = samples.subspan(piece.size());
    if (!samples.empty() && position >= caller_.limit()) flush_to(position);
  }
  if (!samples.empty()) writer_.count_dropped(static_cast<std::int64_t>(samples.size()));
}

void FileRecording::write_agent(std::int64_t position, std::span<const std::int16_t> samples) {
  if (finished_ || samples.empty()) return;
  const auto size = static_cast<std::int64_t>(samples.size());
  // An early, smaller block makes room when the clock was told since the last whole one.
  if (position > agent_.limit() - size && now_ > flushed()) flush_to(now_);
  const std::size_t left_out = agent_.write(position, samples);
  if (left_out > 0) writer_.count_dropped(static_cast<std::int64_t>(left_out));
}

void FileRecording::advance(std::int64_t now) {
  if (finished_) return;
  now_ = std::clamp(now, now_, kRecordingMaxFrames);
  if (now_ - flushed() >= block_frames_) flush_to(now_);
}

void FileRecording::finish(std::int64_t end, std::function<void(Result<std::int64_t>)> done) {
  if (finished_) return;
  flush_to(std::clamp(end, flushed(), kRecordingMaxFrames));
  finished_ = true;
  writer_.finish(std::move(file_), flushed(), std::move(done));
}

void FileRecording::flush_to(std::int64_t position) {
  position = std::min(position, kRecordingMaxFrames);
  // Beyond what the rings can hold there is only silence, and a hole in the file is silence: nothing to
  // write.
  const std::int64_t held = std::min(position, agent_.limit());
  while (flushed() < held) {
    // Two blocks of nearly half a second are two writes, one of nearly a second is one.
    const std::int64_t left = held - flushed();
    flush_block(left < 2 * block_frames_ ? left : block_frames_);
  }
  caller_.skip_to(position);
  agent_.skip_to(position);
  now_ = std::max(now_, position);
}

void FileRecording::flush_block(std::int64_t count) {
  const std::int64_t frame = flushed();
  auto block = writer_.take_block();
  if (!block) {
    writer_.count_dropped(count * kRecordingChannels);
    caller_.skip_to(frame + count);
    agent_.skip_to(frame + count);
    return;
  }
  block->file = file_;
  block->frame = frame;
  block->interleaved.resize(static_cast<std::size_t>(count * kRecordingChannels));
  caller_.take_interleaved(block->interleaved);
  agent_.take_interleaved(std::span(block->interleaved).subspan(1));
  writer_.write(std::move(block));
}

class FileRecorder final : public Recorder {
 public:
  explicit FileRecorder(metrics::Registry& registry) : writer_(registry) {}

  std::unique_ptr<Recording> start(std::filesystem::path file, int sample_rate_hz) override {
    return std::make_unique<FileRecording>(writer_, std::move(file), sample_rate_hz);
  }

 private:
  RecordingWriter writer_;
};

}  // namespace

std::unique_ptr<Recorder> make_file_recorder(metrics::Registry& registry) {
  return std::make_unique<FileRecorder>(registry);
}

}  // namespace parley::storage
