// Takes off the silence a synthesiser puts round a sentence: a caller waits for every leading millisecond.
// Pauses inside the sentence stay. Pure; one thread.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace parley::speech {

class SilenceTrimmer {
 public:
  static constexpr int kKeptBeforeMs = 20;  // so that a soft consonant is not cut off
  static constexpr int kKeptAfterMs = 100;  // the next sentence should not stick to this one

  explicit SilenceTrimmer(int sample_rate_hz);

  // Appends what is known to belong to the sentence.
  void process(std::span<const std::int16_t> in, std::vector<std::int16_t>& out);
  // The sentence is over: appends the kept part of the trailing silence.
  void finish(std::vector<std::int16_t>& out);

 private:
  std::size_t kept_before_;
  std::size_t kept_after_;
  bool started_ = false;
  std::vector<std::int16_t> quiet_;  // silence whose place is not known yet
};

}  // namespace parley::speech
