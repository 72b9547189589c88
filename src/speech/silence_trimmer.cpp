#include "speech/silence_trimmer.hpp"

#include <algorithm>
#include <cstdlib>

namespace parley::speech {
namespace {

// Below this a sample is silence; the voices' own pauses stay under 40, their softest consonants reach 300.
constexpr int kQuiet = 120;

}  // namespace

SilenceTrimmer::SilenceTrimmer(int sample_rate_hz)
    : kept_before_(static_cast<std::size_t>(sample_rate_hz * kKeptBeforeMs / 1000)),
      kept_after_(static_cast<std::size_t>(sample_rate_hz * kKeptAfterMs / 1000)) {}

void SilenceTrimmer::process(std::span<const std::int16_t> in, std::vector<std::int16_t>& out) {
  const auto last_loud =
      std::find_if(in.rbegin(), in.rend(), [](std::int16_t sample) { return std::abs(sample) >= kQuiet; });
  const auto spoken = static_cast<std::size_t>(in.rend() - last_loud);  // up to and with the last loud sample
  if (spoken == 0) {
    quiet_.insert(quiet_.end(), in.begin(), in.end());
    if (!started_ && quiet_.size() > kept_before_) {
      quiet_.erase(quiet_.begin(), quiet_.end() - static_cast<std::ptrdiff_t>(kept_before_));
    }
    return;
  }
  auto sentence = in.first(spoken);
  if (!started_) {
    started_ = true;
    const auto loud = static_cast<std::size_t>(
        std::find_if(in.begin(), in.end(), [](std::int16_t sample) { return std::abs(sample) >= kQuiet; }) -
        in.begin());
    const auto from_before = std::min(quiet_.size(), kept_before_ - std::min(kept_before_, loud));
    quiet_.erase(quiet_.begin(), quiet_.end() - static_cast<std::ptrdiff_t>(from_before));
    sentence = sentence.subspan(loud - std::min(loud, kept_before_));
  }
  out.insert(out.end(), quiet_.begin(), quiet_.end());
  out.insert(out.end(), sentence.begin(), sentence.end());
  quiet_.assign(in.begin() + static_cast<std::ptrdiff_t>(spoken), in.end());
}

void SilenceTrimmer::finish(std::vector<std::int16_t>& out) {
  if (started_) {
    const auto kept = std::min(quiet_.size(), kept_after_);
    out.insert(out.end(), quiet_.begin(), quiet_.begin() + static_cast<std::ptrdiff_t>(kept));
  }
  quiet_.clear();
  started_ = false;
}

}  // namespace parley::speech
