// What the call's vendors tell: replies, transcripts, voice models, usage and trouble.
#include <fmt/format.h>

#include "engine/call_session.hpp"

namespace parley::engine {

// Connections are made while the greeting plays.
void CallSession::warm_vendors() {
  open_stt();
  open_voice();
  if (d_.vendors.chat)
    d_.vendors.chat->warm({d_.executor, d_.agent, d_.agent->llm, {}, {}, journal_.log(), *this});
  if (d_.vendors.tts)
    d_.vendors.tts->warm({d_.executor, "", d_.agent->tts, d_.agent->language, live_->clock.sample_rate_hz(),
                          journal_.log(), *this});
}

// The next of the agent's voice models, if none is open. It has not heard what was said so far: it is told.
void CallSession::open_voice() {
  const auto& links = d_.vendors.voices;
  while (!live_->voice && next_voice_ < links.size()) {
    const VoiceLink& link = links[next_voice_++];
    auto opened = link.model->open(
        {d_.executor, d_.agent, link.choice, live_->clock.sample_rate_hz(), journal_.log(), *this}, *this);
    if (!opened) {
      event("vendor_failed", "sts: " + describe(opened.error()));
      continue;
    }
    live_->voice = std::move(*opened);
    ++voices_opened_;
    for (const llm::Message& said : turns_.history())
      live_->voice->add_text(said.role, said.text);
  }
}

void CallSession::give_to_ears(std::span<const std::int16_t> frame) {
  vendor_times_.frame_begins();
  if (live_->stt) live_->stt->write(frame);
  if (live_->voice) live_->voice->write(frame);
  vendor_times_.frame_given();
}

// From the agent's turn.

void CallSession::on_turn_first_token() {
  now_ = d_.clock.now();
  vendor_times_.model_answers();
  times_.first_token(now_time(), turns_.row());
}

void CallSession::on_turn_audio() {
  now_ = d_.clock.now();
  times_.first_audio(now_time(), turns_.row());
  turn_the_crank();
}

void CallSession::on_turn_action(llm::ChatAction action) {
  now_ = d_.clock.now();
  if (const auto* stage = std::get_if<llm::StageChanged>(&action)) return event("stage", stage->stage);
  if (const auto* slot = std::get_if<llm::SlotFilled>(&action))
    return event("slot", slot->name + "=" + slot->value);
  if (std::holds_alternative<llm::EndCall>(action)) return tell(EndCallWanted{turn_->generation()});
  if (const auto* tool = std::get_if<llm::ToolUsed>(&action)) {
    return event(tool->failed ? "tool_failed" : "tool",
                 fmt::format("{} in {} ms", tool->exchange.call.name, tool->took.count()));
  }
  if (auto* escalate = std::get_if<llm::Escalate>(&action)) {
    tell(EscalationWanted{turn_->generation(), std::move(escalate->reason)});
  }
}

void CallSession::on_turn_generated() {
  now_ = d_.clock.now();
  if (caches_greeting_) d_.greetings.put(*d_.agent, live_->clock.sample_rate_hz(), turn_->take_audio());
  caches_greeting_ = false;
  turn_the_crank();
}

void CallSession::on_turn_failed(vendor::VendorError error) {
  now_ = d_.clock.now();
  journal_.log().error("reply failed: {}", describe(error));
  event("reply_failed", describe(error));
  trouble_told_ = true;
  caches_greeting_ = false;
  voice_failed_ = turn_->voice_failed();
  tell(ReplyFailed{turn_->generation()});
}

// From the voice model.

void CallSession::on_caller_text(std::uint64_t utterance, std::string text) {
  if (utterance != finished_utterance_) return;  // of a turn before
  turns_.set_caller_text(text);
  journal_.turn(turns_.row());
  journal_.line(caller_line_, false, std::move(text), true, false);
}

void CallSession::on_voice_session_failed(vendor::VendorError error) {
  now_ = d_.clock.now();
  const auto& choice = d_.vendors.voices[next_voice_ - 1].choice;
  const bool retryable = is_retryable(error);
  on_vendor_event({vendor::VendorEvent::Kind::failed, vendor::Part::sts, choice.provider, choice.model, "",
                   "", std::move(error)});
  // It is on the stack; the next of the choices takes over with what was said so far.
  failed_voice_.push_back(std::move(live_->voice));
  clear_retired_soon();
  // Once through the choices again for what may be over by then.
  const auto& links = d_.vendors.voices;
  if (next_voice_ == links.size() && retryable && voices_opened_ < 2 * links.size()) next_voice_ = 0;
  open_voice();
  if (live_->voice) {
    const auto& next = d_.vendors.voices[next_voice_ - 1].choice;
    on_vendor_event({vendor::VendorEvent::Kind::switched,
                     vendor::Part::sts,
                     choice.provider,
                     choice.model,
                     next.provider,
                     next.model,
                     {}});
  }
  tell(TranscriptFailed{});
  turn_the_crank();
}

// From vendors.

void CallSession::on_usage(const vendor::Usage& usage) {
  // What was heard belongs to the turn that it begins.
  const bool of_next = usage.part == vendor::Part::stt && !turn_;
  // The line is the call's, not a turn's.
  if (usage.part == vendor::Part::carrier) return ledger_.add(0, usage);
  ledger_.add(of_next ? turns_.turns() + 1 : turns_.row().number, usage);
}

void CallSession::on_vendor_event(const vendor::VendorEvent& what) {
  std::string detail = fmt::format("{}: {}", to_string(what.part), what.vendor);
  if (!what.model.empty()) detail += " " + what.model;
  if (!what.to_vendor.empty()) detail += fmt::format(" -> {} {}", what.to_vendor, what.to_model);
  if (!what.error.detail.empty() || what.error.fault != vendor::Fault::internal) {
    detail += "; " + describe(what.error);
  }
  journal_.log().warn("vendor {} {}", to_string(what.kind), detail);
  vendor_times_.on_event(what);
  d_.probe.vendor_events(to_string(what.part), what.vendor, to_string(what.kind)).add();
  event(fmt::format("vendor_{}", to_string(what.kind)), std::move(detail));
}

// From the recogniser.

void CallSession::on_partial_transcript(std::uint64_t, std::string text) {
  journal_.line(next_line_, false, std::move(text), false, false);
}

void CallSession::on_final_transcript(std::uint64_t utterance, speech::Transcript transcript) {
  now_ = d_.clock.now();
  times_.transcript_came(now_time());
  vendor_times_.transcript_came();
  tell(FinalTranscript{utterance, std::move(transcript.text), transcript.rejected});
  turn_the_crank();
}

void CallSession::on_stt_failed(vendor::VendorError error) {
  now_ = d_.clock.now();
  journal_.log().error("recogniser failed: {}", describe(error));
  event("stt_failed", describe(error));
  // It is on the stack; the next utterance opens another.
  failed_stt_.push_back(std::move(live_->stt));
  clear_retired_soon();
  tell(TranscriptFailed{});
  turn_the_crank();
}

}  // namespace parley::engine
