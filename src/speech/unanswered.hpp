// What a caller has said and got no transcript for, with its sound, oldest first. The last one may still be
// going on.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "base/clock.hpp"

namespace parley::speech {

struct Utterance {
  std::uint64_t id = 0;
  std::vector<std::int16_t> audio;  // its beginning is gone if all together would be too long
  std::size_t samples = 0;          // that it had altogether
  bool finished = false;
  bool heard = false;        // a partial transcript had words
  bool asked_again = false;  // whoever heard it first gave no answer
  SteadyTime finished_at{};
  SteadyTime due{};  // of the transcript; once it is finished
};

// Pure; one thread.
class Unanswered {
 public:
  explicit Unanswered(int sample_rate_hz) : rate_(static_cast<std::size_t>(sample_rate_hz)) {}

  void start(std::uint64_t id);
  void write(std::span<const std::int16_t> audio);
  bool speaking() const { return !all_.empty() && !all_.back().finished; }
  // The one that goes on; call when speaking() only.
  Utterance& current() { return all_.back(); }

  Utterance* find(std::uint64_t id);
  void remove(std::uint64_t id);
  void clear();
  bool empty() const { return all_.empty(); }
  std::deque<Utterance>& all() { return all_; }
  // The finished one whose transcript is due first; nullptr: none.
  Utterance* next_due();
  bool is_clear_speech(const Utterance& utterance) const { return utterance.samples >= rate_; }

  static constexpr std::size_t kMostSeconds = 60;

 private:
  const std::size_t rate_;
  std::deque<Utterance> all_;
  std::size_t kept_ = 0;  // samples
};

}  // namespace parley::speech
