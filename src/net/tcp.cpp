#include "net/tcp.hpp"

namespace parley::net {

Deadline::Deadline(async::Executor executor, std::function<void()> on_expiry)
    : state_(std::make_shared<State>(executor)) {
  state_->on_expiry = std::move(on_expiry);
}

Deadline::~Deadline() {
  clear();
}

void Deadline::set(SteadyTime when) {
  state_->armed = true;
  state_->expired = false;
  state_->timer.expires_at(when);
  state_->timer.async_wait([state = state_](error_code) {
    // A wait that was already queued when the deadline moved arrives as a success: only the clock counts.
    if (!state->armed || state->timer.expiry() > std::chrono::steady_clock::now()) return;
    state->armed = false;
    state->expired = true;
    state->on_expiry();
  });
}

void Deadline::clear() {
  state_->armed = false;
  state_->timer.cancel();
}

}  // namespace parley::net
