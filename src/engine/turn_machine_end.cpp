// The turn machine's rules of how a call comes to its end: who may end it, and what is said before.
#include <utility>

#include <fmt/ranges.h>

#include "engine/turn_machine.hpp"

namespace parley::engine {
namespace {

// A goodbye that is not over by then has a voice or a carrier that is stuck.
constexpr std::chrono::seconds kLongestGoodbye{60};

}  // namespace

void TurnMachine::handle(const EndCallWanted& wanted, StreamTime now, Actions&) {
  if (wanted.generation != generation_ || reply_ == Reply::none) return;
  if (end_after_reply_ == EndReason::transferred) return;
  end_after_reply(EndReason::agent_hung_up, now);
}

void TurnMachine::handle(const EscalationWanted& wanted, StreamTime now, Actions& actions) {
  if (wanted.generation != generation_ || reply_ == Reply::none) return;
  if (end_after_reply_ == EndReason::transferred) return;  // a model may ask twice
  reply_escalated_ = true;
  actions.emplace_back(RequestEscalation{wanted.reason});
  if (!agent_->transfer.enabled) {
    last_words_ = agent_->transfer.failed_say;
    return;
  }
  // What it says with it is heard first; the agent's own words come behind.
  request_transfer(own_numbers(), actions);
  reply_interruptible_ = false;
  last_words_ = agent_->transfer.say;
  end_after_reply(EndReason::transferred, now);
}

void TurnMachine::handle(const TransferWanted& wanted, StreamTime now, Actions& actions) {
  if (end_after_reply_ == EndReason::transferred) return;  // on its way already
  cancel_reply(false, actions);
  const bool own_words = wanted.say.empty() && agent_->transfer.enabled;
  transfer(wanted.to.empty() ? own_numbers() : wanted.to, own_words ? agent_->transfer.say : wanted.say, now,
           actions);
}

std::string TurnMachine::own_numbers() const {
  return fmt::format("{}", fmt::join(agent_->transfer.to, ","));
}

void TurnMachine::request_transfer(std::string to, Actions& actions) {
  actions.emplace_back(RequestTransfer{std::move(to)});
  // The goodbye has a deadline of its own, and a transfer is not undone by the length of the call.
  max_duration_at_.reset();
  // Keys, words and waits of before are nobody's any more.
  keys_.clear();
  keys_deadline_.reset();
}

void TurnMachine::transfer(std::string to, std::string words, StreamTime now, Actions& actions) {
  request_transfer(std::move(to), actions);
  if (words.empty()) return end(EndReason::transferred, actions);
  say(Notice::transfer, std::move(words), now, actions);
  end_after_reply(EndReason::transferred, now);
}

void TurnMachine::end_or_say_last_words(StreamTime now, Actions& actions) {
  if (last_words_.empty()) return end(*end_after_reply_, actions);
  const auto notice = end_after_reply_ == EndReason::transferred ? Notice::transfer : Notice::key;
  say(notice, std::exchange(last_words_, {}), now, actions);
  end_after_reply(*end_after_reply_, now);
}

void TurnMachine::end_after_reply(EndReason reason, StreamTime now) {
  end_after_reply_ = reason;
  ending_deadline_ = now + kLongestGoodbye;
  interrupt_at_.reset();
}

void TurnMachine::give_up(StreamTime now, Actions& actions) {
  cancel_reply(false, actions);
  say(Notice::trouble, agent_->limits.give_up_say, now, actions);
  end_after_reply(EndReason::failed, now);
}

void TurnMachine::handle(const CallerGone& gone, StreamTime, Actions& actions) {
  cancel_reply(false, actions);
  end(gone.reason, actions);
}

void TurnMachine::handle(const ShutdownWanted&, StreamTime, Actions& actions) {
  cancel_reply(false, actions);
  end(EndReason::shutdown, actions);
}

void TurnMachine::handle(const HangUpWanted&, StreamTime, Actions& actions) {
  cancel_reply(false, actions);
  end(EndReason::hung_up, actions);
}

void TurnMachine::end(EndReason reason, Actions& actions) {
  if (caller_ != Caller::silent || oldest_unanswered_ != 0) actions.emplace_back(CancelUtterance{});
  caller_ = Caller::silent;
  oldest_unanswered_ = 0;
  ended_ = true;
  actions.emplace_back(EndCall{reason});
}

}  // namespace parley::engine
