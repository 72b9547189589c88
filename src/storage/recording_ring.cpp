#include "storage/recording_ring.hpp"

#include <algorithm>

namespace parley::storage {
namespace {

// Calls `each` with the one or two straight pieces of `ring` that make `count` samples from `from` on.
template <class Each>
void for_each_piece(std::span<std::int16_t> ring, std::size_t from, std::size_t count, Each each) {
  const std::size_t first = std::min(count, ring.size() - from);
  each(ring.subspan(from, first));
  if (first < count) each(ring.first(count - first));
}

}  // namespace

std::size_t RecordingRing::write(std::int64_t position, std::span<const std::int16_t> samples) {
  const auto size = static_cast<std::int64_t>(samples.size());
  // Compared by distance, so that no position however wrong can overflow.
  if (position >= limit() || position < begin_ - size) return samples.size();
  const auto late = static_cast<std::size_t>(std::clamp<std::int64_t>(begin_ - position, 0, size));
  const std::int64_t from = position + static_cast<std::int64_t>(late);
  std::span<const std::int16_t> kept = samples.subspan(late);
  kept = kept.first(std::min(kept.size(), static_cast<std::size_t>(limit() - from)));
  if (kept.empty()) return samples.size();
  std::span<const std::int16_t> rest = kept;
  for_each_piece(samples_, index_of(from), kept.size(), [&rest](std::span<std::int16_t> piece) {
    std::copy_n(rest.begin(), piece.size(), piece.begin());
    rest = rest.subspan(piece.size());
  });
  end_ = std::max(end_, from + static_cast<std::int64_t>(kept.size()));
  return samples.size() - kept.size();
}

void RecordingRing::cut(std::int64_t position) {
  position = std::max(position, begin_);
  if (position >= end_) return;
  for_each_piece(
      samples_, index_of(position), static_cast<std::size_t>(end_ - position),
      [](std::span<std::int16_t> piece) { std::fill(piece.begin(), piece.end(), std::int16_t{0}); });
  end_ = position;
}

void RecordingRing::take_interleaved(std::span<std::int16_t> out) {
  const std::size_t count = (out.size() + 1) / 2;
  std::size_t at = 0;
  for_each_piece(samples_, index_of(begin_), count, [&](std::span<std::int16_t> piece) {
    for (std::int16_t& sample : piece) {
      out[at] = sample;
      at += 2;
      sample = 0;
    }
  });
  begin_ += static_cast<std::int64_t>(count);
  end_ = std::max(end_, begin_);
}

void RecordingRing::skip_to(std::int64_t position) {
  if (position <= begin_) return;
  const std::int64_t stale = std::min(position, end_);
  if (stale > begin_) {
    for_each_piece(
        samples_, index_of(begin_), static_cast<std::size_t>(stale - begin_),
        [](std::span<std::int16_t> piece) { std::fill(piece.begin(), piece.end(), std::int16_t{0}); });
  }
  begin_ = position;
  end_ = std::max(end_, begin_);
}

}  // namespace parley::storage
