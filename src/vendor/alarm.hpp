// One deadline at a time, so that what waits for vendors can be tested without waiting.
//
// Thread: the executor's. Lifetime: an alarm is destroyed before its io_context; destroying it cancels it,
// also inside its own call.
#pragma once

#include <functional>
#include <memory>

#include "async/task.hpp"
#include "base/clock.hpp"

namespace parley::vendor {

class Alarm {
 public:
  virtual ~Alarm() = default;
  // Calls `what` once, not before `at` and never from inside set(). Replaces what was set before.
  virtual void set(SteadyTime at, std::function<void()> what) = 0;
  virtual void cancel() = 0;
};

class Alarms {
 public:
  virtual ~Alarms() = default;
  virtual SteadyTime now() const = 0;
  virtual std::unique_ptr<Alarm> make(async::Executor executor) const = 0;
};

// The machine's own time.
const Alarms& steady_alarms();

}  // namespace parley::vendor
