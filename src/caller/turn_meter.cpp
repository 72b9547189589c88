#include "caller/turn_meter.hpp"

namespace parley::caller {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFrame{20};
// An agent heard so recently is in the middle of its words, also between two of them.
constexpr milliseconds kStillSpeaking{300};
// Silence that counts as having stopped: after `clear` there is nothing to wait for, without one it could be
// a pause.
constexpr milliseconds kStoppedAfterClear{100};
constexpr milliseconds kStopped{500};
// Own silence shorter than this is a pause within the caller's words.
constexpr milliseconds kOwnPause{500};

}  // namespace

void TurnMeter::begin(std::string said) {
  pending_ = std::move(said);
}

void TurnMeter::own_frame(milliseconds now) {
  // Behind an answer, within one recording, is the caller's next turn. What was heard during a short pause of
  // the caller's was no answer.
  const bool answered = !turns_.empty() && turns_.back().response.has_value();
  if (pending_ || turns_.empty() || (answered && now - turns_.back().end > kOwnPause)) {
    TurnFigures turn;
    turn.said = pending_ ? *std::move(pending_) : (turns_.empty() ? std::string() : turns_.back().said);
    pending_.reset();
    turn.begin = now;
    turn.interrupted = now - agent_last_voiced_end_ < kStillSpeaking;
    waiting_for_silence_ = turn.interrupted;
    turns_.push_back(std::move(turn));
  }
  turns_.back().end = now;
  turns_.back().response.reset();
  turns_.back().first_media.reset();
}

void TurnMeter::agent_frame(milliseconds now) {
  agent_last_voiced_end_ = now + kFrame;
  if (turns_.empty() || own_speaking_ || waiting_for_silence_) return;
  TurnFigures& turn = turns_.back();
  if (!turn.response && !pending_) turn.response = now - turn.end;
}

void TurnMeter::on_frame(bool own_voiced, bool agent_voiced) {
  own_speaking_ = own_voiced;
  if (own_voiced) own_frame(now_);
  if (waiting_for_silence_) {
    TurnFigures& turn = turns_.back();
    const milliseconds needed = turn.time_to_clear ? kStoppedAfterClear : kStopped;
    if (now_ - agent_last_voiced_end_ >= needed) {
      turn.time_to_silence = std::max(agent_last_voiced_end_ - turn.begin, milliseconds(0));
      waiting_for_silence_ = false;
    }
  }
  if (agent_voiced) agent_frame(now_);
  now_ += kFrame;
}

void TurnMeter::on_media(milliseconds at) {
  if (turns_.empty() || pending_ || own_speaking_ || waiting_for_silence_) return;
  TurnFigures& turn = turns_.back();
  if (!turn.first_media && !turn.response && at >= turn.end) turn.first_media = at - turn.end;
}

void TurnMeter::on_clear(milliseconds at) {
  if (turns_.empty()) return;
  TurnFigures& turn = turns_.back();
  if (turn.interrupted && !turn.time_to_clear) turn.time_to_clear = at - turn.begin;
}

}  // namespace parley::caller
