// `parley call`: options in, exit code out.
#pragma once

#include <string>
#include <vector>

#include "base/result.hpp"
#include "caller/caller_voice.hpp"
#include "caller/load.hpp"

namespace CLI {
class App;
}

namespace parley::caller {

// As written on the command line.
struct CallOptions {
  std::string url;
  std::vector<std::string> say;
  std::string audio;
  std::string script;
  std::string voice = "slt";
  std::string from = "09999999999";
  std::string to = "08000000000";
  std::vector<std::string> custom;  // key=value
  bool camel = false;
  std::string numbers = "string";  // or int
  bool rate_with_unit = false;
  bool flat_dtmf = false;
  bool connected_extras = false;
  std::string marks_at_clear = "echo";  // or drop
  bool keep_query = false;
  bool insecure = false;
  bool no_transcript = false;
  int rate = 0;  // 0: sample-rate of the address's query, otherwise 8000
  std::string piece = "20ms";
  std::string jitter = "0ms";
  std::uint64_t seed = 1;
  std::string drop_after;  // empty: never
  std::string max_duration = "10m";
  std::string max_lead = "5s";
  bool strict = false;
  std::string heard;
  int calls = 1;
  std::string ramp = "0s";
  int threads = 0;
  std::string output = "text";  // or json
};

// Exit codes of run_call_command.
inline constexpr int kCallWentWell = 0;
inline constexpr int kCallFailed = 1;
inline constexpr int kCallUsage = 2;
inline constexpr int kCallProtocolErrors = 3;  // with --strict

// Declares the options; `options` outlives the app. The only part that knows CLI11 (call_options.cpp).
void add_call_options(CLI::App& app, CallOptions& options);

// Options checked, script read, sounds made: what run_calls needs. Errc::invalid_argument names the option.
Result<LoadPlan> plan_call(const CallOptions& options, const Voice& voice);

// Blocks until the calls are over; prints to stdout, errors to stderr. Main thread.
int run_call_command(const CallOptions& options);

}  // namespace parley::caller
