// Carries a script out, frame by frame: what to say now, which key to press, when to hang up, and what went
// wrong.
//
// Pure: one on_frame for each 20 ms frame is the clock. One thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "caller/agent_hearing.hpp"
#include "caller/caller_script.hpp"
#include "caller/transcript.hpp"

namespace parley::caller {

// A step with its sound, ready to be sent; shared by all calls of a run.
struct PreparedStep {
  int line = 0;
  ScriptAction action;
  std::vector<std::int16_t> audio;  // of say, play and interrupt, at the stream's rate
};
using PreparedScript = std::vector<PreparedStep>;

class ScriptEvents {
 public:
  virtual ~ScriptEvents() = default;
  virtual void on_say(const std::string& text) = 0;  // the words, or the file's name
  virtual void on_dtmf(char digit) = 0;
};

class ScriptRunner {
 public:
  enum class State {
    running,
    hang_up,  // the script says so, or is at its end
    drop,
    failed,  // failure() says why
  };

  // An empty script listens for ever. `events` outlives the runner.
  ScriptRunner(std::shared_ptr<const PreparedScript> script, int sample_rate_hz, ScriptEvents& events);

  // The caller's sound for this frame: at most one frame long, empty for silence. Call after
  // hearing.on_frame.
  std::span<const std::int16_t> on_frame(AgentHearing& hearing, const Transcript& transcript);

  // The server has hung up: fails unless what is left of the script needs nobody at the other end.
  void on_closed(AgentHearing& hearing, const Transcript& transcript);

  State state() const { return state_; }
  const std::string& failure() const { return failure_; }
  bool missed_turn() const { return missed_turn_; }  // it failed because the agent did not answer

 private:
  enum class Progress { waiting, done };

  Progress advance(const PreparedStep& step, AgentHearing& hearing, const Transcript& transcript);
  Progress speak(const PreparedStep& step, const std::string& text, AgentHearing& hearing);
  Progress interrupt(const PreparedStep& step, const InterruptStep& action, AgentHearing& hearing);
  Progress wait_agent(const WaitAgentStep& action, const AgentHearing& hearing);
  Progress wait_speaking(const WaitAgentSpeakingStep& action, const AgentHearing& hearing);
  Progress press(const DtmfStep& action, const AgentHearing& hearing);
  Progress expect_text(const ExpectTextStep& action, const AgentHearing& hearing,
                       const Transcript& transcript);
  Progress expect_sound(const ExpectSoundStep& action, const AgentHearing& hearing);
  Progress expect_silence(const ExpectSilenceStep& action, const AgentHearing& hearing);
  bool find_text(const std::string& text, const Transcript& transcript);
  Progress fail_step(std::string why);
  Progress miss_turn(milliseconds timeout);
  void next_step();
  bool step_survives_close(const PreparedStep& step, AgentHearing& hearing, const Transcript& transcript);
  milliseconds waited(const AgentHearing& hearing) const { return hearing.now() - *entered_; }

  const std::shared_ptr<const PreparedScript> script_;
  const std::size_t frame_samples_;
  ScriptEvents& events_;

  State state_ = State::running;
  std::string failure_;
  bool missed_turn_ = false;
  std::size_t index_ = 0;
  std::optional<milliseconds> entered_;  // when the step under way began
  bool speaking_ = false;
  std::size_t spoken_samples_ = 0;
  std::size_t pressed_ = 0;
  std::span<const std::int16_t> sound_;
  // Utterances up to these numbers have been waited for, or came before the caller's last words.
  std::int64_t waited_for_ = 0;
  std::int64_t measured_ = 0;
  std::size_t first_unread_line_ = 0;
};

}  // namespace parley::caller
