#include "engine/turn_machine.hpp"

#include <algorithm>

namespace parley::engine {
namespace {

// Replies that failed, or utterances of which nothing came, one after the other before the agent gives up.
constexpr int kMostFailures = 3;

void append_words(std::string& text, std::string_view more) {
  if (more.empty()) return;
  if (!text.empty()) text += ' ';
  text += more;
}

}  // namespace

TurnMachine::TurnMachine(agent::AgentPtr agent) : agent_(std::move(agent)) {}

void TurnMachine::on(const Event& event, StreamTime now, Actions& actions) {
  if (ended_) return;
  std::visit([&](const auto& happened) { handle(happened, now, actions); }, event);
}

void TurnMachine::advance(StreamTime now, StreamTime heard, Actions& actions) {
  if (ended_) return;
  if (max_duration_at_ && now >= *max_duration_at_) {
    max_duration_at_.reset();
    cancel_reply(false, actions);
    const std::string& goodbye = agent_->limits.max_duration_say;
    if (goodbye.empty()) return end(EndReason::max_duration, actions);
    say(Notice::max_duration, goodbye, now, actions);
    return end_after_reply(EndReason::max_duration, now);
  }
  if (ending_deadline_ && now >= *ending_deadline_) {
    cancel_reply(false, actions);
    return end(*end_after_reply_, actions);
  }
  interrupt_if_due(now, actions);
  if (caller_ == Caller::pausing && heard >= endpoint_at_) {
    caller_ = Caller::silent;
    interrupt_at_.reset();
    if (oldest_unanswered_ == 0) oldest_unanswered_ = utterance_;
    transcript_deadline_ = now + agent_->turn_taking.transcript_deadline;
    actions.emplace_back(FinishUtterance{utterance_, last_voiced_});
  }
  if (transcript_deadline_ && now >= *transcript_deadline_) {
    transcript_deadline_.reset();
    oldest_unanswered_ = 0;
    // Speech was there and nothing came of it: the caller has to hear something.
    if (heard_text_.empty()) heard_rejected_ = true;
    ++unheard_in_a_row_;
    actions.emplace_back(TranscriptTimedOut{});
    if (caller_ == Caller::silent) actions.emplace_back(CancelUtterance{});
    answer_if_ready(now, actions);
  }
  if (reply_deadline_ && now >= *reply_deadline_) reply_in_trouble(now, actions);
  if (keys_deadline_ && now >= *keys_deadline_) finish_keys(now, actions);
}

std::optional<StreamTime> TurnMachine::next_deadline() const {
  if (ended_) return std::nullopt;
  std::optional<StreamTime> next;
  const auto sooner = [&](const std::optional<StreamTime>& at) {
    if (at) next = next ? std::min(*next, *at) : *at;
  };
  sooner(max_duration_at_);
  sooner(transcript_deadline_);
  sooner(reply_deadline_);
  sooner(keys_deadline_);
  sooner(ending_deadline_);
  if (caller_ == Caller::speaking) sooner(interrupt_at_);
  if (caller_ == Caller::pausing) sooner(endpoint_at_);
  return next;
}

void TurnMachine::handle(const StreamStarted&, StreamTime now, Actions& actions) {
  max_duration_at_ = now + agent_->limits.max_duration;
  if (agent_->first_message.empty()) return;
  say(Notice::greeting, agent_->first_message, now, actions);
  reply_interruptible_ = agent_->turn_taking.greeting_interruptible;
}

void TurnMachine::handle(const SpeechStarted& speech, StreamTime now, Actions& actions) {
  if (caller_ != Caller::silent) return;
  caller_ = Caller::speaking;
  speech_since_ = speech.since;
  actions.emplace_back(StartUtterance{++utterance_, speech.since});
  if (end_after_reply_) return;
  if (reply_ == Reply::pending && reply_interruptible_) {
    // The caller was not finished: whatever is being thought is an answer to half a sentence.
    cancel_reply(true, actions);
  } else if (reply_ == Reply::audible && reply_interruptible_) {
    interrupt_at_ = std::max(speech_since_ + agent_->turn_taking.interrupt_after,
                             audible_since_ + agent_->turn_taking.interrupt_grace);
    interrupt_if_due(now, actions);
  }
}

void TurnMachine::interrupt_if_due(StreamTime now, Actions& actions) {
  // A pause for breath neither interrupts nor takes the interruption back.
  if (!interrupt_at_ || now < *interrupt_at_ || caller_ != Caller::speaking) return;
  interrupt_at_.reset();
  if (reply_ != Reply::audible || end_after_reply_) return;
  interrupted_by_utterance_ = true;
  cancel_reply(true, actions);
}

void TurnMachine::handle(const SpeechPaused& pause, StreamTime, Actions&) {
  if (caller_ != Caller::speaking) return;
  caller_ = Caller::pausing;
  last_voiced_ = pause.last_voiced;
  endpoint_at_ = pause.last_voiced + agent_->turn_taking.endpointing;
}

void TurnMachine::handle(const SpeechResumed&, StreamTime now, Actions& actions) {
  if (caller_ != Caller::pausing) return;
  caller_ = Caller::speaking;
  interrupt_if_due(now, actions);
}

void TurnMachine::handle(const FinalTranscript& final, StreamTime now, Actions& actions) {
  if (oldest_unanswered_ == 0 || final.utterance < oldest_unanswered_ || final.utterance > utterance_) return;
  append_words(heard_text_, final.text);
  heard_rejected_ = heard_rejected_ || final.rejected;
  unheard_in_a_row_ = 0;
  // The open utterance is not finished yet, so the newest that can be answered is the one before it.
  const std::uint64_t newest_finished = caller_ == Caller::silent ? utterance_ : utterance_ - 1;
  if (final.utterance >= newest_finished) {
    oldest_unanswered_ = 0;
    transcript_deadline_.reset();
  } else {
    oldest_unanswered_ = final.utterance + 1;
  }
  answer_if_ready(now, actions);
}

void TurnMachine::handle(const TranscriptFailed&, StreamTime now, Actions& actions) {
  if (oldest_unanswered_ == 0) return;
  oldest_unanswered_ = 0;
  transcript_deadline_.reset();
  heard_rejected_ = true;
  ++unheard_in_a_row_;
  answer_if_ready(now, actions);
}

void TurnMachine::answer_if_ready(StreamTime now, Actions& actions) {
  if (oldest_unanswered_ != 0 || caller_ != Caller::silent || end_after_reply_) return;
  const bool rejected = std::exchange(heard_rejected_, false);
  const bool interrupted = std::exchange(interrupted_by_utterance_, false);
  if (reply_ != Reply::none) {
    // The agent was not interrupted and speaks on. Words wait for the end of what must be heard whole; a
    // noise is no reason to stop at all.
    if (heard_text_.empty() || !reply_interruptible_) return;
  }
  std::string text = std::exchange(heard_text_, {});
  if (!text.empty()) {
    start_reply(llm::InputKind::speech, std::move(text), now, actions);
  } else if (unanswered_) {
    start_reply(unanswered_->kind, {}, now, actions);
  } else if (rejected && unheard_in_a_row_ >= kMostFailures) {
    // Asking once more would only be asked in vain.
    give_up(now, actions);
  } else if (rejected || interrupted) {
    // A noise that stopped the agent must not leave both sides waiting for the other.
    start_reply(llm::InputKind::not_understood, {}, now, actions);
  }
}

void TurnMachine::start_reply(llm::InputKind kind, std::string text, StreamTime now, Actions& actions) {
  cancel_reply(false, actions);
  const auto unanswered = std::exchange(unanswered_, std::nullopt);
  const bool merge = unanswered && unanswered->kind == kind;
  if (merge) {
    std::string merged = unanswered->text;
    append_words(merged, text);
    text = std::move(merged);
  }
  reply_ = Reply::pending;
  ++generation_;
  reply_interruptible_ = true;
  reply_escalated_ = false;
  last_words_.clear();  // they belong behind the reply before, which was not heard to its end
  reply_input_ = Input{kind, text};
  reply_deadline_ = now + agent_->turn_taking.reply_deadline;
  actions.emplace_back(StartReply{generation_, kind, std::move(text), merge});
}

void TurnMachine::say(Notice notice, std::string text, StreamTime now, Actions& actions) {
  reply_ = Reply::pending;
  ++generation_;
  reply_interruptible_ = notice != Notice::max_duration && notice != Notice::transfer;
  reply_escalated_ = false;
  last_words_.clear();
  reply_input_.reset();
  reply_deadline_ = now + agent_->turn_taking.reply_deadline;
  actions.emplace_back(Say{generation_, notice, std::move(text)});
}

void TurnMachine::cancel_reply(bool by_caller, Actions& actions) {
  if (reply_ == Reply::none) return;
  if (reply_ == Reply::pending && by_caller) {
    // Not a sound of it was heard, so what it answers is still owed an answer; in place of a fixed text, a
    // word.
    if (reply_input_)
      unanswered_ = std::move(reply_input_);
    else
      interrupted_by_utterance_ = true;
  }
  if (reply_ == Reply::audible && by_caller && reply_input_) failures_in_a_row_ = 0;
  reply_input_.reset();
  reply_ = Reply::none;
  reply_deadline_.reset();
  interrupt_at_.reset();
  actions.emplace_back(CancelReply{generation_, by_caller});
}

void TurnMachine::handle(const ReplyAudible& audible, StreamTime now, Actions& actions) {
  if (audible.generation != generation_ || reply_ != Reply::pending) return;
  reply_ = Reply::audible;
  audible_since_ = now;
  reply_deadline_.reset();
  apologising_ = false;
  // Someone who was already speaking when a fixed text began (the greeting) interrupts it like anybody else.
  if (caller_ != Caller::silent && reply_interruptible_ && !end_after_reply_) {
    interrupt_at_ = std::max(now, audible_since_ + agent_->turn_taking.interrupt_grace);
    interrupt_if_due(now, actions);
  }
}

void TurnMachine::handle(const ReplyHeard& heard, StreamTime now, Actions& actions) {
  if (heard.generation != generation_ || reply_ == Reply::none) return;
  const bool silent = reply_ == Reply::pending;
  reply_ = Reply::none;
  reply_deadline_.reset();
  interrupt_at_.reset();
  if (end_after_reply_) return end_or_say_last_words(now, actions);
  if (!silent && reply_input_) failures_in_a_row_ = 0;
  if (!last_words_.empty()) return say(Notice::key, std::exchange(last_words_, {}), now, actions);
  // A reply without a sound would leave the caller waiting, unless a human is on the way.
  if (silent && !reply_escalated_) return apologise(now, actions);
  answer_if_ready(now, actions);
}

void TurnMachine::handle(const ReplyFailed& failed, StreamTime now, Actions& actions) {
  if (failed.generation == generation_ && reply_ != Reply::none) reply_in_trouble(now, actions);
}

void TurnMachine::reply_in_trouble(StreamTime now, Actions& actions) {
  cancel_reply(false, actions);
  if (end_after_reply_) return end_or_say_last_words(now, actions);
  apologise(now, actions);
}

void TurnMachine::apologise(StreamTime now, Actions& actions) {
  // Not even the apology could be spoken.
  if (std::exchange(apologising_, true)) return end(EndReason::failed, actions);
  if (++failures_in_a_row_ >= kMostFailures) return give_up(now, actions);
  say(Notice::trouble, agent_->limits.trouble_say, now, actions);
}

void TurnMachine::handle(const DtmfPressed& pressed, StreamTime now, Actions& actions) {
  if (end_after_reply_) return;
  const auto& settings = agent_->dtmf;
  // Within a number a key is a digit: a keyed phone number may hold the zero that escalates by itself.
  const auto key = keys_.empty() ? settings.keys.find(pressed.digit) : settings.keys.end();
  const auto action = key == settings.keys.end() ? agent::DtmfAction::input : key->second.action;
  const std::string say_first = key == settings.keys.end() ? std::string() : key->second.say;
  if (action == agent::DtmfAction::input) {
    const bool finished = pressed.digit == settings.finish_on && settings.max_digits > 1;
    // Pressed by habit after a number that was complete already: it means nothing and must not stop the
    // answer.
    if (finished && keys_.empty()) return;
    cancel_reply(true, actions);
    if (!finished) keys_ += pressed.digit;
    if (finished || keys_.size() >= static_cast<std::size_t>(std::max(1, settings.max_digits))) {
      finish_keys(now, actions);
    } else {
      keys_deadline_ = now + settings.timeout;
    }
    return;
  }
  keys_.clear();
  keys_deadline_.reset();
  if (action == agent::DtmfAction::escalate && agent_->transfer.enabled) {
    cancel_reply(true, actions);
    actions.emplace_back(RequestEscalation{std::string("key ") + pressed.digit});
    std::string words = say_first;
    append_words(words, agent_->transfer.say);
    return transfer(own_numbers(), std::move(words), now, actions);
  }
  if (action == agent::DtmfAction::escalate) {
    std::string words = say_first;
    append_words(words, agent_->transfer.failed_say);
    if (!words.empty()) cancel_reply(true, actions);
    actions.emplace_back(RequestEscalation{std::string("key ") + pressed.digit});
    if (words.empty()) return;
    return say(Notice::key, std::move(words), now, actions);
  }
  cancel_reply(true, actions);
  if (say_first.empty()) return end(EndReason::agent_hung_up, actions);
  say(Notice::key, say_first, now, actions);
  end_after_reply(EndReason::agent_hung_up, now);
}

void TurnMachine::finish_keys(StreamTime now, Actions& actions) {
  keys_deadline_.reset();
  if (keys_.empty()) return;
  // Keys answer the question; what was being said or recognised meanwhile does not.
  if (caller_ != Caller::silent || oldest_unanswered_ != 0) {
    caller_ = Caller::silent;
    oldest_unanswered_ = 0;
    transcript_deadline_.reset();
    actions.emplace_back(CancelUtterance{});
  }
  heard_text_.clear();
  heard_rejected_ = false;
  interrupted_by_utterance_ = false;
  unanswered_.reset();
  start_reply(llm::InputKind::dtmf, std::exchange(keys_, {}), now, actions);
}

}  // namespace parley::engine
