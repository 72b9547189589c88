// The 20 ms clock of many calls with one timer: calls are spread over the milliseconds of a frame, so that a
// load run sends evenly and pays no timer for each call. The schedule is absolute: a late wake-up is made
// good, it never drifts.
//
// Thread: that of the executor. Lifetime: join run() before destruction; subscribers remove themselves.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <vector>

#include "async/task.hpp"
#include "base/clock.hpp"

namespace parley::caller {

class FrameSubscriber {
 public:
  virtual ~FrameSubscriber() = default;
  virtual void on_frame_due() = 0;
};

class FrameWheel {
 public:
  static constexpr int kSlots = 20;

  FrameWheel(async::Executor executor, const Clock& clock);

  // Turns until the awaiting coroutine is cancelled or stop() is called.
  async::Task<> run();
  void stop();

  // The first frame is due one frame from now at the latest. A subscriber may remove itself, or others, in a
  // frame.
  void add(FrameSubscriber& subscriber);
  void remove(FrameSubscriber& subscriber);

  // Runs every slot whose time has come. run() calls it; a test may call it itself.
  void turn(SteadyTime now);

  // How late the wheel turned at worst: when it was late, so are the measures taken by it.
  std::chrono::microseconds worst_lag() const { return worst_lag_; }

 private:
  void fire(std::vector<FrameSubscriber*>& slot);

  async::Timer timer_;
  const Clock& clock_;
  SteadyTime next_;
  std::int64_t next_slot_ = 0;
  std::array<std::vector<FrameSubscriber*>, kSlots> slots_;
  std::chrono::microseconds worst_lag_{0};
  bool stopped_ = false;
};

}  // namespace parley::caller
