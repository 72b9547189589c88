// `parley bench`: how a server that speaks Exotel's protocol bears many calls. Options in, exit code out.
#pragma once

#include <string>

#include "base/result.hpp"
#include "caller/bench_run.hpp"

namespace CLI {
class App;
}

namespace parley::caller {

// As written on the command line.
struct BenchOptions {
  std::string url;
  int calls = 100;
  int burst = 0;
  std::string piece = "20ms";
  std::string ramp = "2s";
  std::string settle = "4s";
  std::string measure = "10s";
  int rate = 8000;
  bool echo = false;
  int server_process = 0;
  std::string output = "text";  // or json
};

// Exit codes of run_bench_command: 0 when no call missed anything, 1 when one did, 2 for a mistake in the
// options.
inline constexpr int kBenchHeld = 0;
inline constexpr int kBenchFellBehind = 1;
inline constexpr int kBenchUsage = 2;

// Declares the options; `options` outlives the app (bench_options.cpp).
void add_bench_options(CLI::App& app, BenchOptions& options);

// Errc::invalid_argument names the option.
Result<BenchPlan> plan_bench(const BenchOptions& options, const Voice& voice);

// No call was refused or lost, none missed a turn or heard a hole, in either group.
bool held(const BenchOutcome& outcome);
std::string text_of_bench(const BenchPlan& plan, const BenchOutcome& outcome);
std::string json_of_bench(const BenchPlan& plan, const BenchOutcome& outcome);

// Blocks until the calls are over; prints to stdout, errors to stderr. Main thread.
int run_bench_command(const BenchOptions& options);

}  // namespace parley::caller
