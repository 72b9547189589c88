// What a simulated caller does, as a list of steps: parsed from the --script text (grammar in README.md).
//
// Pure. The text comes from a file of the user's and survives any bytes (fuzzed).
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace parley::caller {

using std::chrono::milliseconds;

inline constexpr milliseconds kDefaultAgentTimeout{15'000};
inline constexpr milliseconds kDefaultExpectTimeout{10'000};

struct SayStep {
  std::string text;
};
struct PlayStep {
  std::string file;  // as written; relative paths are relative to the script's folder
};
// Until the agent has spoken, after the caller's last words, and fallen silent.
struct WaitAgentStep {
  milliseconds timeout{kDefaultAgentTimeout};
  bool required = true;  // otherwise the call goes on when the agent stays silent
};
struct WaitAgentSpeakingStep {
  milliseconds timeout{kDefaultAgentTimeout};
};
// Speaks when the agent has been speaking for `after`.
struct InterruptStep {
  milliseconds after{0};
  std::string text;
};
struct DtmfStep {
  std::string digits;
};
struct SilenceStep {
  milliseconds length{0};
};
struct ExpectTextStep {
  std::string text;
  milliseconds timeout{kDefaultExpectTimeout};
};
// The agent's next utterance (or the one just waited for) lasts so long.
struct ExpectSoundStep {
  milliseconds shortest{0};
  milliseconds longest{0};
  milliseconds timeout{kDefaultExpectTimeout};
};
struct ExpectSilenceStep {
  milliseconds length{0};
};
struct HangUpStep {};
// Cuts the TCP connection, without a stop message.
struct DropStep {};

using ScriptAction =
    std::variant<SayStep, PlayStep, WaitAgentStep, WaitAgentSpeakingStep, InterruptStep, DtmfStep,
                 SilenceStep, ExpectTextStep, ExpectSoundStep, ExpectSilenceStep, HangUpStep, DropStep>;

struct ScriptStep {
  int line = 0;  // of the script; 0: made from options
  ScriptAction action;
};

using CallerScript = std::vector<ScriptStep>;

// Errc::invalid_argument: "line 3: …", with what would be right.
Result<CallerScript> parse_caller_script(std::string_view text);

// --say: before each sentence, and after the last, the caller waits for the agent; before the first only for
// as long as a greeting takes to begin, since an agent may have none.
CallerScript script_of_sentences(const std::vector<std::string>& sentences);

// "800ms", "2s", "1.5s", "1m"; at most an hour.
Result<milliseconds> parse_duration(std::string_view text);

}  // namespace parley::caller
