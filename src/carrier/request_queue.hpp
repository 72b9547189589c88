// Whose turn it is to ask a carrier: its accounts may be asked so many times a minute. Waiting requests of
// one account go out by lanes in turn (a lane is a workspace, a campaign), so that a thousand calls of one do
// not keep the others waiting.
//
// Thread: one (the control context). Lifetime: outlives those that wait; destroying it makes them fail with
// Errc::cancelled.
#pragma once

#include <chrono>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"

namespace parley::carrier {

struct RequestQueueOptions {
  int per_minute = 100;               // of one account
  int burst = 10;                     // of a rested account
  std::size_t most_waiting = 10'000;  // of one account
};

class RequestQueue {
 public:
  // `clock` outlives it.
  RequestQueue(async::Executor executor, const Clock& clock, RequestQueueOptions options);
  ~RequestQueue();
  RequestQueue(const RequestQueue&) = delete;
  RequestQueue& operator=(const RequestQueue&) = delete;

  // Resumes when it is this one's turn. Errc::overloaded: too many wait already. Errc::timeout after
  // `patience`. Cancelling the awaiting coroutine gives its place up.
  async::Task<Result<void>> turn(std::string account, std::string lane, std::chrono::milliseconds patience);

  // The carrier has said that it was asked too often: nobody of this account is let through for so long.
  void back_off(const std::string& account, std::chrono::milliseconds wait);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace parley::carrier
