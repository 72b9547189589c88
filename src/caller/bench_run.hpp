// Many bench calls on one thread: one epoll, one clock of a millisecond, absolute schedule. The calls arrive
// over a ramp, settle, are measured for a while and hang up. Optionally a burst of further calls arrives
// within one second while the first ones are measured.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "caller/bench_call.hpp"
#include "caller/bench_wire.hpp"

namespace parley::caller {

struct BenchPlan {
  BenchTarget target;
  BenchSounds sounds;
  int calls = 100;
  int burst = 0;
  std::chrono::milliseconds ramp{2000};
  std::chrono::milliseconds settle{4000};  // from the last arrival until measuring begins
  std::chrono::milliseconds measure{10'000};
  BenchBehaviour behaviour;
  int server_process = 0;  // on this machine; its processor time and memory are read too
};

struct BenchOutcome {
  BenchFigures running;  // of the calls
  BenchFigures burst;    // of those in the burst
  int refused = 0;       // never opened
  int lost = 0;          // closed by the server before they hung up
  double seconds = 0;    // of the measurement
  double client_processor_seconds = 0;
  // How late each millisecond's frames were sent: past a few milliseconds the measures say little about the
  // server.
  std::vector<float> client_lag_ms;
  std::optional<double> server_processor_seconds;
  std::optional<std::int64_t> server_memory_kib;  // resident, at the end of the measurement
};

// Blocks until all calls are over. An error: no epoll, no sockets, no such server process.
Result<BenchOutcome> run_bench(const BenchPlan& plan);

}  // namespace parley::caller
