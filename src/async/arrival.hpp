// When that was read from the network which this thread is at work on: set by the net room around the
// delivery of a message or of a piece of a body. Whoever it reaches, however deep, can tell what the server
// added since.
//
// Thread: each has its own. Not carried over into posted work and timers: at() is SteadyTime{} there.
#pragma once

#include <utility>

#include "base/clock.hpp"

namespace parley::async {

class Arrival {
 public:
  explicit Arrival(SteadyTime read_at) : before_(std::exchange(read_at_, read_at)) {}
  ~Arrival() { read_at_ = before_; }
  Arrival(const Arrival&) = delete;
  Arrival& operator=(const Arrival&) = delete;

  static SteadyTime at() { return read_at_; }

  // A client's socket was given bytes to write. Adapters collect sound for a message: this tells which frame
  // brought one on.
  static void note_written() { written_ = true; }
  static bool take_written() { return std::exchange(written_, false); }

 private:
  static inline thread_local constinit SteadyTime read_at_{};
  static inline thread_local constinit bool written_ = false;
  const SteadyTime before_;
};

}  // namespace parley::async
