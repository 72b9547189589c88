// Exotel beside its stream: calls into a flow, into our stream or to a second number; what became of them;
// recordings, numbers, streams. What it says is read by exotel_messages and exotel_callbacks, what we ask is
// written by exotel_requests, and carrier/rest_client sends it.
#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "carrier/carrier.hpp"
#include "carrier/request_queue.hpp"

namespace parley::carrier {

struct ExotelOptions {
  // Placing a call takes tens of seconds at times.
  std::chrono::milliseconds deadline{40'000};
  std::vector<std::chrono::milliseconds> waits{std::chrono::milliseconds(500),
                                               std::chrono::milliseconds(2000)};  // before reading again
};

// end(): legs of the second interface only, and only of an account that has its address; all others end with
// their stream (Errc::conflict). transfer(): by the flow only (Errc::conflict). verify(): Exotel signs
// nothing, everything passes. fetch_recording(): of Exotel's hosts, the account's own and the storage behind
// them. The clock and the queue outlive it.
std::unique_ptr<Carrier> make_exotel_carrier(async::Executor executor, const Clock& clock,
                                             RequestQueue& queue, ExotelOptions options = {});

}  // namespace parley::carrier
