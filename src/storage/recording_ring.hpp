// One channel of a recording that is not yet on disk: samples by their position on the call's clock, silence
// where nothing was written. A fixed buffer, no allocation after construction. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace parley::storage {

class RecordingRing {
 public:
  explicit RecordingRing(std::size_t capacity) : samples_(capacity) {}

  // Holds positions from begin() up to, not including, limit().
  std::int64_t begin() const { return begin_; }
  std::int64_t limit() const { return begin_ + static_cast<std::int64_t>(samples_.size()); }

  // Overwrites what was there. Returns how many samples lay outside and were left out.
  std::size_t write(std::int64_t position, std::span<const std::int16_t> samples);
  // From `position` on there is silence again.
  void cut(std::int64_t position);
  // Takes the oldest samples out: every second sample of `out`, from its first on. `out` holds twice the
  // samples taken, and these are no more than the capacity.
  void take_interleaved(std::span<std::int16_t> out);
  // Forgets everything before `position`.
  void skip_to(std::int64_t position);

 private:
  std::size_t index_of(std::int64_t position) const {
    return static_cast<std::size_t>(position) % samples_.size();
  }

  std::vector<std::int16_t> samples_;
  std::int64_t begin_ = 0;
  std::int64_t end_ = 0;  // nothing was written from here on
};

}  // namespace parley::storage
