// A call's recording: stereo int16 WAV, caller left, agent right, both on the call's sample clock. Written
// while the call runs, so that after a crash at most the last second is missing.
//
// Thread: a Recording belongs to the call's shard; the bytes are written by the recorder's own thread.
// Lifetime: the Recorder outlives its recordings.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>

#include "base/metrics.hpp"
#include "base/result.hpp"

namespace parley::storage {

class Recording {
 public:
  virtual ~Recording() = default;  // finishes it

  // `position` counts samples since the stream began. Positions may run ahead of `now` (agent audio that will
  // be played soon) by two seconds at most and may leave gaps (silence). What is older than the last flush or
  // further ahead is dropped and counted. A caller's burst longer than the buffer moves `now` along: heard is
  // past.
  virtual void write_caller(std::int64_t position, std::span<const std::int16_t> samples) = 0;
  virtual void write_agent(std::int64_t position, std::span<const std::int16_t> samples) = 0;
  // The agent was interrupted: nothing from `position` on was played.
  virtual void cut_agent(std::int64_t position) = 0;
  // Everything before `now` is final and may go to disk. Call regularly, at least twice a second.
  virtual void advance(std::int64_t now) = 0;
  // Writes the rest up to `end` and the final header. `done` gets the length in samples, or the first error
  // of the file, on the recorder's thread. Afterwards every call is ignored.
  virtual void finish(std::int64_t end, std::function<void(Result<std::int64_t>)> done) = 0;
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // `file` is made, its directories too.
  virtual std::unique_ptr<Recording> start(std::filesystem::path file, int sample_rate_hz) = 0;
};

// Files are written by one thread of their own with a bounded queue; a full queue or disk drops audio (it
// becomes silence, later positions stay true) and counts it: parley_recording_dropped_samples_total,
// parley_recording_write_errors_total. `registry` outlives the recorder. Destruction waits for what is
// queued.
std::unique_ptr<Recorder> make_file_recorder(metrics::Registry& registry);

// Makes the header fit the bytes that are there, after a crash: the sound reaches the end of the file.
// Blocks. Doing it again changes nothing. Returns the length in samples per channel.
Result<std::int64_t> repair_recording(const std::filesystem::path& file);

}  // namespace parley::storage
