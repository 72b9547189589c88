// One simulated call without its socket: frames and messages in, messages out. It joins the parts (script,
// player, hearing, measures, lint) on the sample clock of 20 ms frames.
//
// Thread: one. Lifetime: wire, listener, parser and clock outlive the session.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "caller/agent_hearing.hpp"
#include "caller/exotel_caller_protocol.hpp"
#include "caller/playout_model.hpp"
#include "caller/protocol_lint.hpp"
#include "caller/script_runner.hpp"
#include "caller/transcript.hpp"
#include "caller/turn_meter.hpp"

namespace parley::caller {

struct CallSetup {
  ProtocolVariant variant;
  StreamIdentity identity;
  milliseconds piece{20};  // a multiple of 20 ms
  MarksAtClear marks_at_clear = MarksAtClear::echo;
  milliseconds max_duration{600'000};
  std::optional<milliseconds> drop_after;  // cut the connection, as a network does
  milliseconds agent_silence{700};         // that ends what the agent says
  bool lint = true;
  LintLimits lint_limits;
  bool record = false;                           // keep what was said and heard
  std::shared_ptr<const PreparedScript> script;  // none: listen until the agent hangs up
};

enum class EndedBy { caller, agent, connection, drop, time_limit, refused };
std::string_view to_string(EndedBy ended_by);

struct CallReport {
  std::string call_sid;
  int sample_rate_hz = 8000;
  EndedBy ended_by = EndedBy::refused;
  std::uint16_t close_code = 1006;
  std::string failure;  // empty: the call went as the script wanted
  bool missed_turn = false;
  milliseconds setup{0};                    // connecting and the upgrade
  milliseconds duration{0};                 // of the stream
  std::optional<milliseconds> first_media;  // start to the first audio that arrived
  std::vector<TurnFigures> turns;
  PlayoutFigures playout;
  std::vector<LintFinding> findings;
  int violations = 0;
  std::vector<std::int16_t> recorded;  // stereo: left what the caller said, right what the caller heard
};

class CallerWire {
 public:
  virtual ~CallerWire() = default;
  virtual void send(std::string_view message) = 0;
  virtual void close() = 0;  // with a close frame, after what was sent
  virtual void cut() = 0;    // without
};

// What a person watching the call wants to see. All on the call's thread.
class CallListener {
 public:
  virtual ~CallListener() = default;
  virtual void on_caller_said(const std::string&) {}
  virtual void on_dtmf(char) {}
  virtual void on_agent_said(const TranscriptLine&) {}
  // In place of words when the server tells no transcript.
  virtual void on_agent_sound(milliseconds) {}
};

class CallerSession final : private ScriptEvents {
 public:
  CallerSession(CallSetup setup, CallerParser& parser, CallerWire& wire, CallListener& listener,
                const Clock& clock);

  // Sends `connected` and `start`; frames follow.
  void begin();
  // Every 20 ms.
  void on_frame();
  void on_text(std::string_view text);  // 64 readable bytes behind it
  void on_binary(std::string_view bytes);
  // The latest state of what was said; replaces the former.
  void on_transcript(Transcript transcript);
  // Ends the call as a caller does who puts the phone down, or as a flow that goes on ("stopped").
  // Idempotent.
  void hang_up(std::string_view reason = "callended");
  // The socket is gone. Call once, last.
  void on_closed(std::uint16_t close_code);

  bool ended() const { return ended_by_.has_value(); }
  bool wants_transcript() const;  // the script expects words
  bool has_transcript() const { return transcript_.state == TranscriptState::available; }
  CallReport report();

 private:
  void on_say(const std::string& text) override;
  void on_dtmf(char digit) override;

  milliseconds since_start() const;
  void speak_frame();
  void send_piece();
  void send_due_marks();
  void tell_agent();
  void tell_transcript();
  void check_end();
  void drop();

  const CallSetup setup_;
  CallerParser& parser_;
  CallerWire& wire_;
  CallListener& listener_;
  const Clock& clock_;
  CallerEncoder encoder_;
  PlayoutModel playout_;
  AgentHearing hearing_;
  TurnMeter meter_;
  ScriptRunner runner_;
  ProtocolLint lint_;
  Transcript transcript_;

  SteadyTime started_;
  milliseconds stream_time_{0};  // frames so far
  std::vector<std::int16_t> heard_;
  std::vector<std::int16_t> piece_;
  std::size_t piece_filled_ = 0;
  bool piece_is_silent_ = true;
  std::vector<std::int16_t> recorded_;
  std::optional<milliseconds> first_media_;
  std::int64_t told_utterance_ = 0;
  std::size_t told_lines_ = 0;
  std::optional<EndedBy> ended_by_;
  std::uint16_t close_code_ = 1006;
};

}  // namespace parley::caller
