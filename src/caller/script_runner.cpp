#include "caller/script_runner.hpp"

namespace parley::caller {
namespace {

// As fast as a thumb presses keys.
constexpr milliseconds kBetweenKeys{300};

template <class... F>
struct Overloaded : F... {
  using F::operator()...;
};

double seconds(milliseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

ScriptRunner::ScriptRunner(std::shared_ptr<const PreparedScript> script, int sample_rate_hz,
                           ScriptEvents& events)
    : script_(std::move(script)),
      frame_samples_(static_cast<std::size_t>(sample_rate_hz) / 50),
      events_(events) {}

std::span<const std::int16_t> ScriptRunner::on_frame(AgentHearing& hearing, const Transcript& transcript) {
  sound_ = {};
  if (!script_ || script_->empty()) return sound_;
  while (state_ == State::running && index_ < script_->size()) {
    if (!entered_) entered_ = hearing.now();
    if (advance((*script_)[index_], hearing, transcript) == Progress::waiting) return sound_;
    next_step();
    if (!sound_.empty()) return sound_;
  }
  if (state_ == State::running) state_ = State::hang_up;
  return sound_;
}

void ScriptRunner::next_step() {
  ++index_;
  entered_.reset();
  speaking_ = false;
  spoken_samples_ = 0;
  pressed_ = 0;
}

ScriptRunner::Progress ScriptRunner::advance(const PreparedStep& step, AgentHearing& hearing,
                                             const Transcript& transcript) {
  return std::visit(
      Overloaded{
          [&](const SayStep& action) { return speak(step, action.text, hearing); },
          [&](const PlayStep& action) { return speak(step, action.file, hearing); },
          [&](const WaitAgentStep& action) { return wait_agent(action, hearing); },
          [&](const WaitAgentSpeakingStep& action) { return wait_speaking(action, hearing); },
          [&](const InterruptStep& action) { return interrupt(step, action, hearing); },
          [&](const DtmfStep& action) { return press(action, hearing); },
          [&](const SilenceStep& action) {
            return waited(hearing) >= action.length ? Progress::done : Progress::waiting;
          },
          [&](const ExpectTextStep& action) { return expect_text(action, hearing, transcript); },
          [&](const ExpectSoundStep& action) { return expect_sound(action, hearing); },
          [&](const ExpectSilenceStep& action) { return expect_silence(action, hearing); },
          [&](const HangUpStep&) {
            state_ = State::hang_up;
            return Progress::waiting;
          },
          [&](const DropStep&) {
            state_ = State::drop;
            return Progress::waiting;
          },
      },
      step.action);
}

ScriptRunner::Progress ScriptRunner::speak(const PreparedStep& step, const std::string& text,
                                           AgentHearing& hearing) {
  if (!speaking_) {
    speaking_ = true;
    if (hearing.speaking()) hearing.note_interruption();
    waited_for_ = measured_ = hearing.latest().number;
    events_.on_say(text);
  }
  const std::size_t length = std::min(frame_samples_, step.audio.size() - spoken_samples_);
  sound_ = std::span(step.audio).subspan(spoken_samples_, length);
  spoken_samples_ += length;
  return spoken_samples_ == step.audio.size() ? Progress::done : Progress::waiting;
}

ScriptRunner::Progress ScriptRunner::interrupt(const PreparedStep& step, const InterruptStep& action,
                                               AgentHearing& hearing) {
  if (speaking_) return speak(step, action.text, hearing);
  if (hearing.speaking() && hearing.now() - hearing.latest().begin >= action.after) {
    return speak(step, action.text, hearing);
  }
  if (!hearing.speaking() && waited(hearing) >= kDefaultAgentTimeout) {
    return fail_step(
        fmt::format("the agent did not speak for {:.1f} s at a stretch, so it could not be interrupted",
                    seconds(action.after)));
  }
  return Progress::waiting;
}

ScriptRunner::Progress ScriptRunner::wait_agent(const WaitAgentStep& action, const AgentHearing& hearing) {
  const AgentHearing::Utterance& latest = hearing.latest();
  if (latest.number > waited_for_ && latest.finished) {
    waited_for_ = latest.number;
    return Progress::done;
  }
  if (hearing.speaking() || waited(hearing) < action.timeout) return Progress::waiting;
  return action.required ? miss_turn(action.timeout) : Progress::done;
}

ScriptRunner::Progress ScriptRunner::wait_speaking(const WaitAgentSpeakingStep& action,
                                                   const AgentHearing& hearing) {
  if (hearing.speaking() && hearing.latest().number > waited_for_) return Progress::done;
  return waited(hearing) < action.timeout ? Progress::waiting : miss_turn(action.timeout);
}

ScriptRunner::Progress ScriptRunner::press(const DtmfStep& action, const AgentHearing& hearing) {
  if (pressed_ == 0) waited_for_ = measured_ = hearing.latest().number;
  while (pressed_ < action.digits.size() && waited(hearing) >= kBetweenKeys * static_cast<int>(pressed_)) {
    events_.on_dtmf(action.digits[pressed_++]);
  }
  return pressed_ == action.digits.size() ? Progress::done : Progress::waiting;
}

bool ScriptRunner::find_text(const std::string& text, const Transcript& transcript) {
  for (std::size_t i = first_unread_line_; i < transcript.lines.size(); ++i) {
    if (!transcript.lines[i].agent || !contains_words(transcript.lines[i].text, text)) continue;
    // The same line may satisfy the next expectation too: one reply can be expected in two parts.
    first_unread_line_ = i;
    return true;
  }
  return false;
}

ScriptRunner::Progress ScriptRunner::expect_text(const ExpectTextStep& action, const AgentHearing& hearing,
                                                 const Transcript& transcript) {
  if (transcript.state == TranscriptState::unavailable) {
    return fail_step(fmt::format("cannot expect \"{}\": this server offers no transcript", action.text));
  }
  if (find_text(action.text, transcript)) return Progress::done;
  if (waited(hearing) < action.timeout) return Progress::waiting;
  return fail_step(
      fmt::format("the agent did not say \"{}\" within {:.1f} s", action.text, seconds(action.timeout)));
}

ScriptRunner::Progress ScriptRunner::expect_sound(const ExpectSoundStep& action,
                                                  const AgentHearing& hearing) {
  const AgentHearing::Utterance& latest = hearing.latest();
  if (latest.number > measured_ && latest.finished) {
    measured_ = latest.number;
    const milliseconds length = latest.end - latest.begin;
    if (length >= action.shortest && length <= action.longest) return Progress::done;
    return fail_step(fmt::format("the agent spoke for {:.1f} s, expected were {:.1f} to {:.1f} s",
                                 seconds(length), seconds(action.shortest), seconds(action.longest)));
  }
  if (hearing.speaking() || waited(hearing) < action.timeout) return Progress::waiting;
  return fail_step(fmt::format("the agent did not speak within {:.1f} s", seconds(action.timeout)));
}

ScriptRunner::Progress ScriptRunner::expect_silence(const ExpectSilenceStep& action,
                                                    const AgentHearing& hearing) {
  if (hearing.latest().number > 0 && hearing.latest().end > *entered_) {
    return fail_step(fmt::format("the agent spoke after {:.1f} s, expected were {:.1f} s of silence",
                                 seconds(hearing.latest().end - *entered_), seconds(action.length)));
  }
  return waited(hearing) >= action.length ? Progress::done : Progress::waiting;
}

ScriptRunner::Progress ScriptRunner::fail_step(std::string why) {
  const int line = (*script_)[index_].line;
  failure_ = line > 0 ? fmt::format("line {}: {}", line, why) : std::move(why);
  state_ = State::failed;
  return Progress::waiting;
}

ScriptRunner::Progress ScriptRunner::miss_turn(milliseconds timeout) {
  missed_turn_ = true;
  return fail_step(fmt::format("the agent did not speak within {:.1f} s", seconds(timeout)));
}

bool ScriptRunner::step_survives_close(const PreparedStep& step, AgentHearing& hearing,
                                       const Transcript& transcript) {
  if (std::holds_alternative<WaitAgentStep>(step.action)) {
    if (hearing.latest().number > waited_for_ || !std::get<WaitAgentStep>(step.action).required) {
      waited_for_ = hearing.latest().number;
      return true;
    }
    return false;
  }
  if (const auto* text = std::get_if<ExpectTextStep>(&step.action)) return find_text(text->text, transcript);
  if (const auto* sound = std::get_if<ExpectSoundStep>(&step.action)) {
    return expect_sound(*sound, hearing) == Progress::done;
  }
  if (std::holds_alternative<SilenceStep>(step.action) ||
      std::holds_alternative<ExpectSilenceStep>(step.action) ||
      std::holds_alternative<HangUpStep>(step.action)) {
    return true;
  }
  // Words that were cut short by the end of the call have been said all the same.
  return speaking_;
}

void ScriptRunner::on_closed(AgentHearing& hearing, const Transcript& transcript) {
  if (state_ != State::running || !script_ || script_->empty()) return;
  hearing.finish();
  while (index_ < script_->size()) {
    if (!entered_) entered_ = hearing.now();
    if (!step_survives_close((*script_)[index_], hearing, transcript)) {
      if (state_ == State::running) {
        missed_turn_ = std::holds_alternative<WaitAgentStep>((*script_)[index_].action);
        fail_step(missed_turn_ ? "the agent hung up without an answer"
                               : "the agent hung up before this step");
      }
      return;
    }
    next_step();
  }
  state_ = State::hang_up;
}

}  // namespace parley::caller
