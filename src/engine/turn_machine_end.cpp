// The turn machine's rules of how a call comes to its end: who may end it, and what is said before.
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

void TurnMachine::handle(const EscalationWanted& wanted, StreamTime, Actions& actions) {
  if (wanted.generation != generation_ || reply_ == Reply::none) return;
  reply_escalated_ = true;
  actions.emplace_back(RequestEscalation{wanted.reason});
}

void TurnMachine::handle(const TransferWanted& wanted, StreamTime now, Actions& actions) {
  if (end_after_reply_ == EndReason::transferred) return;  // on its way already
  cancel_reply(false, actions);
  if (wanted.say.empty()) return end(EndReason::transferred, actions);
  say(Notice::transfer, wanted.say, now, actions);
  end_after_reply(EndReason::transferred, now);
  // The goodbye has a deadline of its own, and a transfer is not undone by the length of the call.
  max_duration_at_.reset();
  // Keys, words and waits of before are nobody's any more.
  keys_.clear();
  keys_deadline_.reset();
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
