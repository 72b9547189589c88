// Keeps calls from waiting for a vendor that is known to be down: after some failures in a row it is not
// asked for a while, then one call tries, and its outcome decides.
//
// Thread: any. One for each account (vendor::Account::id()) and part.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "vendor/vendor_error.hpp"

namespace parley::vendor {

class CircuitBreaker {
 public:
  struct Options {
    int failures_to_open =
        3;  // in a row; bad keys, no credit, unknown models and wrong regions open it at once
    std::chrono::milliseconds open_for{15'000};
    std::chrono::milliseconds open_for_at_most{120'000};  // doubles with each failed trial
  };
  enum class State { closed, open, half_open };

  CircuitBreaker(const Clock& clock, Options options);

  // False: do not ask. True in half_open for one caller only, who then must report.
  bool allow();
  void succeeded();
  // bad_request and internal do not count: they say nothing about the vendor. retry_after is kept to.
  void failed(const VendorError& error);
  // The work was cancelled: neither success nor failure; gives the trial back.
  void abandoned();
  State state() const;

 private:
  const Clock& clock_;
  const Options options_;
  mutable Mutex mutex_;
  State state_ PARLEY_GUARDED_BY(mutex_) = State::closed;
  int failures_ PARLEY_GUARDED_BY(mutex_) = 0;
  std::chrono::milliseconds wait_ PARLEY_GUARDED_BY(mutex_){0};
  SteadyTime until_ PARLEY_GUARDED_BY(mutex_){};
  bool trial_under_way_ PARLEY_GUARDED_BY(mutex_) = false;
};

// The breakers of the process by account and part; made at first use, never removed. Thread: any.
class CircuitBreakers {
 public:
  explicit CircuitBreakers(const Clock& clock, CircuitBreaker::Options options = {});
  CircuitBreaker& of(const std::string& key);

 private:
  const Clock& clock_;
  const CircuitBreaker::Options options_;
  Mutex mutex_;
  std::map<std::string, std::unique_ptr<CircuitBreaker>, std::less<>> breakers_ PARLEY_GUARDED_BY(mutex_);
};

// How long before the next try at the same vendor, as the vendors' own clients do it: what the vendor said,
// else 0.5 s · 2^n up to 8 s with jitter of a quarter. `tries_so_far` from 1; `random` in [0, 1).
std::chrono::milliseconds retry_wait(const VendorError& error, int tries_so_far, double random);
inline constexpr int kMostTries = 3;

}  // namespace parley::vendor
