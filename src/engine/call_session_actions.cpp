// What the turn machine wants done.
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "base/wall_millis.hpp"
#include "engine/call_session.hpp"

namespace parley::engine {
namespace {

// What the caller said to a voice model, until its text comes.
constexpr std::string_view kNotWrittenDown = "…";

}  // namespace

void CallSession::tell(const Event& happened) {
  machine_.on(happened, now_time(), actions_);
  run_actions();
}

void CallSession::run_actions() {
  if (running_actions_) return;
  running_actions_ = true;
  // Performing one may bring more.
  for (std::size_t i = 0; i < actions_.size(); ++i) {
    Action action = std::move(actions_[i]);
    std::visit([this](auto& what) { perform(what); }, action);
  }
  actions_.clear();
  running_actions_ = false;
}

void CallSession::perform(const StartUtterance& action) {
  utterance_open_ = true;
  times_.speech_began(action.since);
  if (!live_->stt) open_stt();
  open_voice();
  if (live_->stt) live_->stt->start_utterance(action.utterance);
  if (live_->voice) live_->voice->start_utterance(action.utterance);
  live_->caller_audio.replay(live_->clock.to_samples(action.since),
                             [this](std::span<const std::int16_t> frame) {
                               if (live_->stt) live_->stt->write(frame);
                               if (live_->voice) live_->voice->write(frame);
                             });
}

void CallSession::perform(const FinishUtterance& action) {
  utterance_open_ = false;
  finished_utterance_ = action.utterance;
  live_->caller_audio.end_utterance();
  times_.speech_ended(action.last_voiced, now_time(), now_);
  if (live_->stt) return live_->stt->finish_utterance();
  if (!live_->voice) return tell(TranscriptFailed{});
  live_->voice->finish_utterance();
  // The model has heard it; what the words were comes later.
  tell(FinalTranscript{action.utterance, std::string(kNotWrittenDown), false});
}

void CallSession::perform(const CancelUtterance&) {
  utterance_open_ = false;
  times_.speech_dropped();
  live_->caller_audio.end_utterance();
  if (live_->stt) live_->stt->cancel_utterance();
  if (live_->voice) live_->voice->cancel_utterance();
}

void CallSession::begin_turn(std::uint64_t generation, speech::TextToSpeech& voice) {
  auto& row = turns_.row();
  row.started_at = now_millis(d_.clock);
  times_.fill(row);
  turn_began_ = now_;
  turn_sent_ = turn_sent_untold_ = false;
  filler_at_.reset();
  caches_greeting_ = false;
  agent_line_ = next_line_++;
  journal_.turn(row);
  AgentTurnListener& listener = *this;
  turn_ = std::make_unique<AgentTurn>(
      generation,
      AgentTurn::Dependencies{d_.executor, d_.agent, voice, *this, live_->playout, vendor_times_,
                              next_segment_, live_->clock.sample_rate_hz(), journal_.log()},
      listener);
}

void CallSession::perform(StartReply& action) {
  trouble_told_ = voice_failed_ = false;
  if (!action.replaces_last_input) d_.probe.turns.add();
  // Keys are decided upon when the last of them, or the wait for more, is over.
  if (action.kind == llm::InputKind::dtmf) times_.count_from(now_time(), now_);
  caller_line_ = next_line_++;
  journal_.line(caller_line_, false, action.text, true, false);
  if (!d_.vendors.voices.empty()) return ask_voice(action);
  turns_.begin_turn(action.kind, std::move(action.text), action.replaces_last_input);
  begin_turn(action.generation);
  if (!d_.agent->filler.say.empty()) filler_at_ = now_ + d_.agent->filler.after;
  turn_->ask(*d_.vendors.chat, turns_.history());
  vendor_times_.model_asked();
}

void CallSession::ask_voice(const StartReply& action) {
  turns_.begin_turn(action.kind, action.text, action.replaces_last_input);
  begin_turn(action.generation);
  open_voice();
  if (!live_->voice) return turn_->fail({vendor::Fault::unreachable, "", "no voice model is left"});
  if (action.kind == llm::InputKind::dtmf)
    live_->voice->add_text(llm::Role::caller, "[keys: " + action.text + "]");
  turn_->converse(*live_->voice);
}

void CallSession::perform(Say& action) {
  const bool greeting = action.notice == Notice::greeting;
  if (action.notice == Notice::trouble && !std::exchange(trouble_told_, false)) {
    event("reply_failed", "not a sound of the reply came in time");
  }
  times_.count_from(now_time(), now_);
  turns_.begin_fixed(greeting ? "greeting" : "notice");
  const bool sorry = action.notice == Notice::trouble && voice_failed_ && d_.vendors.apology != nullptr;
  begin_turn(action.generation, sorry ? *d_.vendors.apology : *d_.vendors.tts);
  if (!greeting) return turn_->say(std::move(action.text));
  if (auto audio = d_.greetings.find(*d_.agent, live_->clock.sample_rate_hz())) {
    return turn_->play(std::move(action.text), std::move(audio));
  }
  caches_greeting_ = true;
  // A realtime agent greets in the voice it goes on with.
  open_voice();
  if (live_->voice) return turn_->say_by(*live_->voice, std::move(action.text));
  turn_->say(std::move(action.text));
}

void CallSession::perform(const CancelReply& action) {
  if (!turn_) return;
  const std::int64_t now = now_position();
  const bool was_audible = live_->playout.audible(now);
  // Words without a sound: the voice is what is silent.
  if (!action.by_caller && !turn_sent_ && !turn_->text().empty()) voice_failed_ = true;
  const auto heard = live_->playout.clear(now);
  turn_->cut(heard);
  if (live_->recording) live_->recording->cut_agent(live_->playout.end_of_piece_in_play(now));
  end_turn(heard, true);
  // A voice model that says nothing in all that time will not say anything next time either.
  const bool silent =
      !action.by_caller && !turn_sent_ && now_ - turn_began_ >= d_.agent->turn_taking.reply_deadline;
  if (silent && live_->voice) on_voice_session_failed({vendor::Fault::timeout, "", "no reply in time"});
  if (action.by_caller && was_audible) {
    d_.probe.clear.observe(std::chrono::duration<double>(d_.clock.now() - now_).count());
    d_.probe.barge_ins.add();
    event("barge_in", fmt::format("turn {}", turns_.row().number));
  }
}

void CallSession::end_turn(const std::vector<Heard>& heard, bool interrupted) {
  turns_.end_reply(*turn_, heard, interrupted);
  auto& row = turns_.row();
  row.end_ms = now_ms();
  filler_at_.reset();
  journal_.turn_over(row);
  journal_.line(agent_line_, true, row.agent_heard, true, row.interrupted);
  retire_turn();
}

void CallSession::retire_turn() {
  turn_->silence();
  ended_turns_.push_back(std::move(turn_));
  clear_retired_soon();
}

void CallSession::clear_retired_soon() {
  async::asio::post(d_.executor, [this, ticket = guard_.ticket()] {
    if (!ticket.valid()) return;
    ended_turns_.clear();
    failed_stt_.clear();
    failed_voice_.clear();
  });
}

void CallSession::perform(const RequestEscalation& action) {
  escalation_requested_ = true;
  journal_.log().info("escalation requested");
  event("escalation_requested", action.reason);
  if (d_.no_transfer && d_.no_transfer->agent_would) event("transfer_refused", d_.no_transfer->why);
}

void CallSession::perform(const RequestTransfer& action) {
  transferring_ = escalation_requested_ = true;
  journal_.log().info("transfer requested");
  event("transfer_requested", action.to);
}

void CallSession::perform(const TranscriptTimedOut&) {
  d_.probe.transcript_timeouts.add();
  event("transcript_timeout", "");
}

void CallSession::perform(const EndCall& action) {
  timer_.cancel();
  if (d_.line_charged) {
    on_usage({.part = vendor::Part::carrier,
              .vendor = d_.carrier,
              .model = {},
              .audio_seconds = static_cast<double>(now_ms()) / 1000});
  }
  if (transferring_ && action.reason != EndReason::transferred) {
    event("transfer_not_done", std::string(to_string(action.reason)));
  }
  stream_.close(link_close(action.reason), to_string(action.reason));
  d_.probe.late_frames.add(live_->playout.late_pieces());
  d_.observer.on_conversation(id(), turns_.history());
  journal_.close(status_of(action.reason), to_string(action.reason), now_ms(), escalation_requested_,
                 action.reason == EndReason::hung_up ? hang_up_reason_ : "");
  finish_recording();
}

}  // namespace parley::engine
