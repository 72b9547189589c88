// The turn machine: who is speaking, what is pending, and what must be cancelled. No I/O, no clock, no
// coroutine: events and a time in, actions out. call_session_actions.cpp performs the actions. How a call
// ends is in turn_machine_end.cpp.
//
// Invariants
//  1. At most one reply is alive. Its generation rises; events of an older generation change nothing.
//  2. At most one utterance of the caller is open. Its id rises.
//  3. What the caller said is answered once: words not answered (the reply was cancelled before it made a
//     sound) are put in front of the next.
//  4. Every wait has a deadline: endpointing, transcript, first sound of a reply, a goodbye, keys, the whole
//  call.
//  5. After end_call nothing comes out any more.
//  6. A transfer that was requested is not undone: nobody interrupts the words before it, and only the
//  caller,
//     somebody from outside or the server's end come before it.
//
// Thread: the call's. `actions` is appended to and never allocated by media frames, which produce none.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "agent/agent.hpp"
#include "engine/end_reason.hpp"
#include "engine/sample_clock.hpp"
#include "llm/chat_model.hpp"

namespace parley::engine {

// What comes in.

struct StreamStarted {};
struct SpeechStarted {  // debounced: at least min_speech of it
  StreamTime since{};   // first voiced frame
};
struct SpeechPaused {
  StreamTime last_voiced{};  // end of the last voiced frame
};
struct SpeechResumed {};
struct FinalTranscript {
  std::uint64_t utterance = 0;
  std::string text;
  bool rejected = false;  // speech, but not understood
};
struct TranscriptFailed {};  // the recogniser is gone
struct ReplyAudible {        // first sound of the reply went out
  std::uint64_t generation = 0;
};
struct ReplyHeard {  // all of it has been played, or it had no sound
  std::uint64_t generation = 0;
};
struct ReplyFailed {
  std::uint64_t generation = 0;
};
struct EndCallWanted {  // by the model: after this reply
  std::uint64_t generation = 0;
};
struct EscalationWanted {
  std::uint64_t generation = 0;
  std::string reason;
};
struct DtmfPressed {
  char digit = 0;
};
struct CallerGone {
  EndReason reason = EndReason::caller_hung_up;
};
struct ShutdownWanted {};
struct HangUpWanted {};  // from outside: not a word more
struct TransferWanted {  // from outside: the stream ends once `say` was heard
  std::string to;        // empty: the agent's own numbers
  std::string say;       // empty: the agent's own words, if it transfers at all
};

using Event =
    std::variant<StreamStarted, SpeechStarted, SpeechPaused, SpeechResumed, FinalTranscript, TranscriptFailed,
                 ReplyAudible, ReplyHeard, ReplyFailed, EndCallWanted, EscalationWanted, DtmfPressed,
                 CallerGone, ShutdownWanted, HangUpWanted, TransferWanted>;

// What comes out.

struct StartUtterance {
  std::uint64_t utterance = 0;
  StreamTime since{};  // for the audio from before the decision
};
struct FinishUtterance {  // the caller's turn is over: a final transcript is wanted
  std::uint64_t utterance = 0;
  StreamTime last_voiced{};
};
struct CancelUtterance {};  // also one that was finished and not answered
struct StartReply {         // ask the model
  std::uint64_t generation = 0;
  llm::InputKind kind = llm::InputKind::speech;
  std::string text;
  bool replaces_last_input = false;  // the words of the reply before, never answered, are part of `text`
};
enum class Notice { greeting, trouble, max_duration, key, transfer };
struct Say {  // a fixed text, no model
  std::uint64_t generation = 0;
  Notice notice = Notice::greeting;
  std::string text;
};
struct CancelReply {  // stop the model and the voice, clear what is queued and playing
  std::uint64_t generation = 0;
  bool by_caller = false;  // a barge-in
};
struct RequestEscalation {
  std::string reason;
};
struct RequestTransfer {  // decided: the stream will end as `transferred` unless the caller goes before
  std::string to;         // numbers with commas between; empty: the carrier's flow knows
};
struct TranscriptTimedOut {};  // for the log
struct EndCall {
  EndReason reason = EndReason::agent_hung_up;
};

using Action = std::variant<StartUtterance, FinishUtterance, CancelUtterance, StartReply, Say, CancelReply,
                            RequestEscalation, RequestTransfer, TranscriptTimedOut, EndCall>;
using Actions = std::vector<Action>;

class TurnMachine {
 public:
  explicit TurnMachine(agent::AgentPtr agent);

  void on(const Event& event, StreamTime now, Actions& actions);

  // Lets time pass. `heard` is how far the caller's audio is known: silence ends a turn only once it was
  // received.
  void advance(StreamTime now, StreamTime heard, Actions& actions);

  // The earliest deadline, for the driver's timer. nullopt: none.
  std::optional<StreamTime> next_deadline() const;

  bool ended() const { return ended_; }
  bool caller_speaking() const { return caller_ != Caller::silent; }
  bool agent_speaking() const { return reply_ == Reply::audible; }

 private:
  enum class Caller { silent, speaking, pausing };
  enum class Reply { none, pending, audible };  // pending: asked for, not a sound yet

  void handle(const StreamStarted&, StreamTime, Actions&);
  void handle(const SpeechStarted&, StreamTime, Actions&);
  void handle(const SpeechPaused&, StreamTime, Actions&);
  void handle(const SpeechResumed&, StreamTime, Actions&);
  void handle(const FinalTranscript&, StreamTime, Actions&);
  void handle(const TranscriptFailed&, StreamTime, Actions&);
  void handle(const ReplyAudible&, StreamTime, Actions&);
  void handle(const ReplyHeard&, StreamTime, Actions&);
  void handle(const ReplyFailed&, StreamTime, Actions&);
  void handle(const EndCallWanted&, StreamTime, Actions&);
  void handle(const EscalationWanted&, StreamTime, Actions&);
  void handle(const DtmfPressed&, StreamTime, Actions&);
  void handle(const CallerGone&, StreamTime, Actions&);
  void handle(const ShutdownWanted&, StreamTime, Actions&);
  void handle(const HangUpWanted&, StreamTime, Actions&);
  void handle(const TransferWanted&, StreamTime, Actions&);

  void say(Notice notice, std::string text, StreamTime now, Actions& actions);
  void start_reply(llm::InputKind kind, std::string text, StreamTime now, Actions& actions);
  void cancel_reply(bool by_caller, Actions& actions);
  void interrupt_if_due(StreamTime now, Actions& actions);
  void answer_if_ready(StreamTime now, Actions& actions);
  void reply_in_trouble(StreamTime now, Actions& actions);
  void apologise(StreamTime now, Actions& actions);
  void give_up(StreamTime now, Actions& actions);
  void finish_keys(StreamTime now, Actions& actions);
  std::string own_numbers() const;
  void request_transfer(std::string to, Actions& actions);
  void transfer(std::string to, std::string words, StreamTime now, Actions& actions);
  void end_after_reply(EndReason reason, StreamTime now);
  void end_or_say_last_words(StreamTime now, Actions& actions);
  void end(EndReason reason, Actions& actions);

  struct Input {
    llm::InputKind kind;
    std::string text;
  };

  const agent::AgentPtr agent_;

  Caller caller_ = Caller::silent;
  std::uint64_t utterance_ = 0;
  StreamTime speech_since_{};
  StreamTime last_voiced_{};
  StreamTime endpoint_at_{};  // while pausing

  // Utterances finished and not yet answered, and what they were answered with.
  std::uint64_t oldest_unanswered_ = 0;  // 0: none
  std::optional<StreamTime> transcript_deadline_;
  std::string heard_text_;
  bool heard_rejected_ = false;
  bool interrupted_by_utterance_ = false;  // the open or unanswered utterance stopped the agent

  Reply reply_ = Reply::none;
  std::uint64_t generation_ = 0;
  bool reply_interruptible_ = true;
  StreamTime audible_since_{};
  std::optional<StreamTime> reply_deadline_;
  std::optional<StreamTime> interrupt_at_;
  bool reply_escalated_ = false;
  std::optional<Input> reply_input_;  // what the pending reply answers; fixed texts answer nothing
  std::optional<Input> unanswered_;   // of a reply cancelled before it made a sound
  int failures_in_a_row_ = 0;
  int unheard_in_a_row_ = 0;  // utterances of which the recogniser told nothing
  bool apologising_ = false;  // and not a sound of it yet

  std::string keys_;
  std::optional<StreamTime> keys_deadline_;

  std::optional<StreamTime> max_duration_at_;
  std::optional<EndReason> end_after_reply_;
  std::optional<StreamTime> ending_deadline_;
  std::string last_words_;  // said when the present reply is over, before the call ends or goes on
  bool ended_ = false;
};

}  // namespace parley::engine
