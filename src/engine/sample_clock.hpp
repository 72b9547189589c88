// The one clock of a call: samples since the stream began. Pacing, the recording of both channels, what the
// caller has heard and when a turn ends are all positions on it.
//
// It runs with the machine's monotonic clock and never falls behind what the carrier has sent: a carrier
// whose own clock is a little fast pushes it forward for good. What the carrier has not sent in time is a gap
// of its audio.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "base/clock.hpp"

namespace parley::engine {

using StreamTime = std::chrono::microseconds;  // since the stream began

// Audio that was skipped as missing and comes after all, in a burst, is late and not fast: it does not push
// the clock.
class SampleClock {
 public:
  // Audio that is later than this is not late any more but missing: the caller's channel goes on after a gap.
  static constexpr std::chrono::milliseconds kGapAfter{500};

  SampleClock(int sample_rate_hz, SteadyTime start) : rate_(sample_rate_hz), start_(start) {}

  int sample_rate_hz() const { return rate_; }

  std::int64_t now(SteadyTime steady) const { return std::max(elapsed(steady) + ahead_, received_); }

  // `samples` of the caller's audio have arrived; returns the position of the first of them.
  std::int64_t on_received(std::size_t samples, SteadyTime steady) {
    const std::int64_t due = elapsed(steady) + ahead_;
    const auto count = static_cast<std::int64_t>(samples);
    if (received_ + count + to_samples(kGapAfter) < due) {
      owed_ += due - count - received_;
      received_ = due - count;
    }
    const std::int64_t position = received_;
    received_ += count;
    const std::int64_t late = std::clamp<std::int64_t>(received_ - due, 0, owed_);
    received_ -= late;
    owed_ -= late;
    ahead_ += std::max<std::int64_t>(0, received_ - due);
    return position;
  }

  // End of the caller's audio so far.
  std::int64_t received() const { return received_; }

  StreamTime to_time(std::int64_t position) const { return StreamTime(position * 1'000'000 / rate_); }
  std::int64_t to_samples(StreamTime time) const { return time.count() * rate_ / 1'000'000; }

  // When the position will be reached, as far as is known now.
  SteadyTime steady_at(std::int64_t position) const {
    return start_ + std::chrono::microseconds((position - ahead_) * 1'000'000 / rate_);
  }

 private:
  std::int64_t elapsed(SteadyTime steady) const {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(steady - start_).count();
    return us * rate_ / 1'000'000;
  }

  int rate_;
  SteadyTime start_;
  std::int64_t received_ = 0;
  std::int64_t ahead_ = 0;  // how far the carrier's audio has pushed the clock past the monotonic one
  std::int64_t owed_ = 0;   // skipped as missing; should it still come, it was only late
};

}  // namespace parley::engine
