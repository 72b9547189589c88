// Runs one call or many: spreads them over a few threads and their arrival over a time, and collects the
// reports.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <vector>

#include "caller/caller.hpp"

namespace parley::caller {

struct LoadPlan {
  int calls = 1;
  milliseconds ramp{0};           // from the first arrival to the last
  int threads = 0;                // 0: one for every 800 calls, at most one for each processor
  CallTarget target;              // each call has a jitter of its own, from the seed
  CallSetup setup;                // each call has ids of its own
  bool hang_up_on_signal = true;  // SIGINT and SIGTERM end the running calls properly
};

struct LoadOutcome {
  std::vector<CallReport> calls;  // in no order
  // How late the simulator itself was at worst; past a few milliseconds its measures say little about the
  // server.
  std::chrono::microseconds worst_lag{0};
};

// Blocks until every call is over. `listener` gets the calls' events on their threads; for more than one call
// it must bear that. Any thread.
LoadOutcome run_calls(const LoadPlan& plan, CallListener& listener);

// 32 characters, as Exotel's.
std::string make_carrier_id();

}  // namespace parley::caller
