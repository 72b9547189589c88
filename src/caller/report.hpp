// What `parley call` prints: the conversation as it goes, the figures of each turn, the summary of many
// calls; the same as JSON.
//
// Pure but for the printer's sink. Thread: the printer on the call's thread, the rest anywhere.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "caller/caller_session.hpp"
#include "caller/load.hpp"

namespace parley::caller {

// "caller: hello", "agent: Hello, how can I help?", "agent: (2.4 s of speech)".
class ConversationPrinter final : public CallListener {
 public:
  using Sink = std::function<void(std::string_view line)>;
  explicit ConversationPrinter(Sink sink) : sink_(std::move(sink)) {}

  void on_caller_said(const std::string& text) override;
  void on_dtmf(char digit) override;
  void on_agent_said(const TranscriptLine& line) override;
  void on_agent_sound(milliseconds length) override;

 private:
  Sink sink_;
};

// Nearest rank; `part` from 0 to 1. Empty values give 0.
struct Distribution {
  std::size_t count = 0;
  milliseconds p50{0}, p90{0}, p99{0}, max{0};
};
Distribution distribution_of(std::vector<milliseconds> values);

struct Summary {
  std::size_t calls = 0;
  std::size_t refused = 0;       // never opened
  std::size_t failed = 0;        // opened, and did not go as the script wanted or broke off
  std::size_t missed_turns = 0;  // of the failed
  std::size_t turns = 0;
  std::size_t violations = 0;
  Distribution setup;            // until the socket was open
  Distribution first_media;      // from start to the first audio
  Distribution response;         // end of own speech to the agent heard
  Distribution wire_response;    // … to the agent's first audio on the wire
  Distribution time_to_silence;  // interruption to silence as heard
  Distribution time_to_clear;
  std::size_t holes = 0;
  milliseconds hole_time{0};
  milliseconds longest_hole{0};
  std::chrono::microseconds simulator_lag{0};
};

// A broken connection counts as failed even when the script did not mind.
bool has_failed(const CallReport& report);

Summary summarise(const LoadOutcome& outcome);

// Lines with their line ends.
std::string text_of_call(const CallReport& report, bool strict);
std::string text_of_summary(const Summary& summary);
// With all calls when there is one, with the failed ones otherwise.
std::string json_of(const LoadOutcome& outcome);

}  // namespace parley::caller
