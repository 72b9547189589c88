#include "caller/agent_hearing.hpp"

namespace parley::caller {
namespace {

constexpr std::chrono::milliseconds kFrame{20};
constexpr std::chrono::milliseconds kSilenceAfterInterruption{200};
// Speech on a telephone line has a root mean square of 1000 and more, the line's noise of some tens.
constexpr std::int64_t kVoicedRms = 200;

}  // namespace

bool is_voiced(std::span<const std::int16_t> frame) {
  std::int64_t energy = 0;
  for (const std::int64_t sample : frame)
    energy += sample * sample;
  return energy > kVoicedRms * kVoicedRms * static_cast<std::int64_t>(frame.size());
}

void AgentHearing::on_frame(bool voiced) {
  if (voiced) {
    if (!speaking()) {
      current_ = {current_.number + 1, now_, now_, false};
      interrupted_ = false;
    }
    current_.end = now_ + kFrame;
  }
  now_ += kFrame;
  if (speaking() && now_ - current_.end >= (interrupted_ ? kSilenceAfterInterruption : silence_)) finish();
}

void AgentHearing::finish() {
  if (current_.number > 0) current_.finished = true;
  interrupted_ = false;
}

}  // namespace parley::caller
