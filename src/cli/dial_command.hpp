// `parley dial`: has a server place a call and follows it to its end, line by line.
#pragma once

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "cli/api_client.hpp"
#include "cli/api_run.hpp"

namespace parley::cli {

inline constexpr int kDialCompleted = 0;
inline constexpr int kDialFailed = 1;
inline constexpr int kDialNotReached = 3;  // busy, no answer, canceled

struct DialOptions {
  std::string to{};
  std::string agent{};
  std::vector<std::string> variables{};  // "name=value"
  std::string from{};
  std::string custom_field{};
  std::string into{};  // "flow", "stream"; empty: as the account is set up
  int time_limit_seconds = 0;
  int ring_seconds = 0;
  bool record = false;
  bool detach = false;  // the call goes on by itself
};

struct DialSurroundings {
  std::ostream& out;
  std::ostream& err;
  // Waits; false: whoever runs the command wants the call to end.
  std::function<bool(std::chrono::milliseconds)> wait;
};

// The exit code; what went wrong is one sentence on `err`. JSON: the call at its end (or as it was placed) on
// one line and nothing else. Blocks until the call is over.
int run_dial_command(const ApiClient& client, const DialOptions& options, Output output,
                     const DialSurroundings& around);

}  // namespace parley::cli
