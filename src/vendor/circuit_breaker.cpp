#include "vendor/circuit_breaker.hpp"

#include <algorithm>
#include <cmath>

namespace parley::vendor {
namespace {

using std::chrono::milliseconds;

bool says_nothing_about_the_vendor(Fault fault) {
  return fault == Fault::bad_request || fault == Fault::internal;
}

bool lasts_until_someone_helps(Fault fault) {
  return fault == Fault::bad_key || fault == Fault::no_credit || fault == Fault::unknown_model ||
         fault == Fault::region;
}

}  // namespace

CircuitBreaker::CircuitBreaker(const Clock& clock, Options options) : clock_(clock), options_(options) {}

bool CircuitBreaker::allow() {
  const MutexLock lock(mutex_);
  if (state_ == State::closed) return true;
  if (state_ == State::open) {
    if (clock_.now() < until_) return false;
    state_ = State::half_open;
    trial_under_way_ = false;
  }
  if (trial_under_way_) return false;
  trial_under_way_ = true;
  return true;
}

void CircuitBreaker::succeeded() {
  const MutexLock lock(mutex_);
  // What began before it opened proves nothing: the trial decides.
  if (state_ == State::open) return;
  state_ = State::closed;
  failures_ = 0;
  wait_ = milliseconds(0);
  trial_under_way_ = false;
}

void CircuitBreaker::failed(const VendorError& error) {
  const MutexLock lock(mutex_);
  if (says_nothing_about_the_vendor(error.fault)) {
    trial_under_way_ = false;
    return;
  }
  const auto vendor_says = error.retry_after.value_or(milliseconds(0));
  if (state_ == State::open) {
    until_ = std::max(until_, clock_.now() + vendor_says);
    return;
  }
  if (state_ == State::closed) {
    ++failures_;
    if (failures_ < options_.failures_to_open && !lasts_until_someone_helps(error.fault)) return;
    wait_ = options_.open_for;
  } else {
    wait_ = std::min(wait_ * 2, options_.open_for_at_most);
  }
  state_ = State::open;
  failures_ = 0;
  trial_under_way_ = false;
  until_ = clock_.now() + std::max(wait_, vendor_says);
}

void CircuitBreaker::abandoned() {
  const MutexLock lock(mutex_);
  trial_under_way_ = false;
}

CircuitBreaker::State CircuitBreaker::state() const {
  const MutexLock lock(mutex_);
  return state_;
}

CircuitBreakers::CircuitBreakers(const Clock& clock, CircuitBreaker::Options options)
    : clock_(clock), options_(options) {}

CircuitBreaker& CircuitBreakers::of(const std::string& key) {
  const MutexLock lock(mutex_);
  auto& breaker = breakers_[key];
  if (!breaker) breaker = std::make_unique<CircuitBreaker>(clock_, options_);
  return *breaker;
}

milliseconds retry_wait(const VendorError& error, int tries_so_far, double random) {
  if (error.retry_after) return *error.retry_after;
  const double seconds = std::min(0.5 * std::exp2(std::clamp(tries_so_far, 1, 10) - 1), 8.0);
  return milliseconds(static_cast<std::int64_t>(seconds * 1000 * (1 - 0.25 * random)));
}

}  // namespace parley::vendor
