#include "caller/frame_wheel.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace parley::caller {
namespace {

constexpr std::chrono::milliseconds kStep{1};
constexpr auto kAwait = async::asio::as_tuple(async::asio::use_awaitable_t<async::Executor>{});

}  // namespace

FrameWheel::FrameWheel(async::Executor executor, const Clock& clock)
    : timer_(executor), clock_(clock), next_(clock.now() + kStep) {}

async::Task<> FrameWheel::run() {
  next_ = clock_.now() + kStep;
  while (!stopped_) {
    timer_.expires_at(next_);
    const auto [error] = co_await timer_.async_wait(kAwait);
    if (error || stopped_) co_return;
    turn(clock_.now());
  }
}

void FrameWheel::stop() {
  stopped_ = true;
  timer_.cancel();
}

void FrameWheel::turn(SteadyTime now) {
  if (now >= next_) {
    worst_lag_ = std::max(worst_lag_, std::chrono::duration_cast<std::chrono::microseconds>(now - next_));
  }
  while (next_ <= now) {
    fire(slots_[static_cast<std::size_t>(next_slot_)]);
    next_slot_ = (next_slot_ + 1) % kSlots;
    next_ += kStep;
  }
}

void FrameWheel::fire(std::vector<FrameSubscriber*>& slot) {
  // By index, and up to the size at the beginning: subscribers come and go meanwhile.
  const std::size_t count = slot.size();
  for (std::size_t i = 0; i < count; ++i) {
    if (slot[i] != nullptr) slot[i]->on_frame_due();
  }
  std::erase(slot, nullptr);
}

void FrameWheel::add(FrameSubscriber& subscriber) {
  auto& slot = *std::min_element(slots_.begin(), slots_.end(),
                                 [](const auto& a, const auto& b) { return a.size() < b.size(); });
  slot.push_back(&subscriber);
}

void FrameWheel::remove(FrameSubscriber& subscriber) {
  for (auto& slot : slots_) {
    for (FrameSubscriber*& entry : slot) {
      if (entry == &subscriber) entry = nullptr;
    }
  }
}

}  // namespace parley::caller
