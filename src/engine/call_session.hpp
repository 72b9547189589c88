// One conversation: the driver around the turn machine. It turns what arrives (audio, keys, marks,
// transcripts, model text, speech, time) into events, and performs the actions that come back. The rules live
// in turn_machine.cpp.
//
// Thread: the call's shard. Owns everything of the call; destroying it cancels all that is under way.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "async/guarded.hpp"
#include "engine/agent_turn.hpp"
#include "engine/call.hpp"
#include "engine/call_journal.hpp"
#include "engine/caller_audio.hpp"
#include "engine/media_stream.hpp"
#include "engine/playout.hpp"
#include "engine/sample_clock.hpp"
#include "engine/turn_log.hpp"
#include "engine/turn_machine.hpp"
#include "engine/turn_times.hpp"
#include "engine/usage_ledger.hpp"
#include "engine/vendor_times.hpp"

namespace parley::engine {

class CallSession final : public Call,
                          private StreamHandler,
                          private CallerAudioListener,
                          private PlayoutSink,
                          private AgentTurnListener,
                          private speech::SttListener,
                          private vendor::Observer,
                          private realtime::VoiceSessionListener {
 public:
  CallSession(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies);
  ~CallSession() override;

  const std::string& id() const override { return journal_.id(); }
  void on_text(std::string_view text) override;
  void on_binary(std::string_view bytes) override;
  void on_link_closed(LinkEnd how) override;
  void shut_down() override;
  Result<void> hang_up(std::string reason) override;
  Result<void> transfer(std::string to, std::string say) override;

 private:
  // What exists once the stream has started.
  struct Live {
    Live(CallSession& session, int sample_rate_hz);
    SampleClock clock;
    CallerAudio caller_audio;
    Playout playout;
    std::unique_ptr<storage::Recording> recording;
    std::unique_ptr<speech::SttStream> stt;
    std::unique_ptr<realtime::VoiceSession> voice;  // of a realtime agent
    SteadyTime last_media;
  };

  // Stream.
  void on_stream_start(const media::StreamStart& start) override;
  void on_audio(std::span<const std::int16_t> samples) override;
  void on_dtmf(char digit) override;
  void on_mark(std::string_view name) override;
  void on_stream_stop(std::string_view reason) override;
  void on_protocol_error(std::string_view kind, std::string_view detail) override;
  void on_stream_refused(std::string_view why) override;
  // Caller's audio.
  void on_speech_change(audio::SpeechDetector::Change change, std::int64_t position) override;
  void on_caller_frame(std::span<const std::int16_t> frame, std::int64_t end_position) override;
  // Playout.
  void send_piece(std::int64_t position, std::span<const std::int16_t> samples) override;
  void send_mark(std::string_view name) override;
  void send_clear() override;
  // The agent's turn.
  void on_turn_first_token() override;
  void on_turn_audio() override;
  void on_turn_action(llm::ChatAction action) override;
  void on_turn_generated() override;
  void on_turn_failed(vendor::VendorError error) override;
  // Recogniser.
  void on_partial_transcript(std::uint64_t utterance, std::string text) override;
  void on_final_transcript(std::uint64_t utterance, speech::Transcript transcript) override;
  void on_stt_failed(vendor::VendorError error) override;

  // Voice model.
  void on_caller_text(std::uint64_t utterance, std::string text) override;
  void on_voice_session_failed(vendor::VendorError error) override;
  // What vendors cost, and what happens with them.
  void on_usage(const vendor::Usage& usage) override;
  void on_vendor_event(const vendor::VendorEvent& event) override;
  void on_request_written(vendor::Part part, SteadyTime at) override {
    vendor_times_.on_request_written(part, at);
  }

  // Actions of the turn machine.
  void perform(const StartUtterance& action);
  void perform(const FinishUtterance& action);
  void perform(const CancelUtterance& action);
  void perform(StartReply& action);
  void perform(Say& action);
  void perform(const CancelReply& action);
  void perform(const RequestEscalation& action);
  void perform(const RequestTransfer& action);
  void perform(const TranscriptTimedOut& action);
  void perform(const EndCall& action);

  void tell(const Event& event);
  void run_actions();
  // Lets everything that waits for time have it: turn machine, playout, recording; then sets the timer.
  void turn_the_crank();
  void settle_playout();
  void check_silence();
  void set_timer();
  void begin_turn(std::uint64_t generation) { begin_turn(generation, *d_.vendors.tts); }
  void begin_turn(std::uint64_t generation, speech::TextToSpeech& voice);
  void retire_turn();
  void clear_retired_soon();
  void fail_if_stalled();
  void end_turn(const std::vector<Heard>& heard, bool interrupted);
  void open_stt();
  bool hears() const { return d_.vendors.stt != nullptr || !d_.vendors.voices.empty(); }
  void open_voice();
  void ask_voice(const StartReply& action);
  void warm_vendors();
  void give_to_ears(std::span<const std::int16_t> frame);
  void say_filler_if_due();
  void finish_recording();

  std::int64_t now_position() const { return live_->clock.now(now_); }
  StreamTime now_time() const { return live_->clock.to_time(now_position()); }
  std::int64_t now_ms() const;
  void event(std::string_view kind, std::string detail) { journal_.event(kind, std::move(detail), now_ms()); }

  CallDependencies d_;
  CallJournal journal_;
  SteadyTime now_;  // read once for each thing that happens
  const SteadyTime opened_;
  MediaStream stream_;
  TurnMachine machine_;
  Actions actions_;
  bool running_actions_ = false;
  std::optional<Live> live_;
  TurnLog turns_;
  std::unique_ptr<AgentTurn> turn_;
  std::vector<std::unique_ptr<speech::SttStream>> failed_stt_;         // like ended_turns_
  std::vector<std::unique_ptr<realtime::VoiceSession>> failed_voice_;  // like ended_turns_
  std::size_t next_voice_ = 0;                                         // of the choices, to be opened next
  std::size_t voices_opened_ = 0;                                      // so far
  SteadyTime turn_began_{};
  std::vector<std::unique_ptr<AgentTurn>> ended_turns_;  // on the stack until the loop comes round again
  std::uint64_t next_segment_ = 1;
  bool utterance_open_ = false;
  std::uint64_t finished_utterance_ = 0;  // the last one
  SteadyTime keys_window_{};  // keys are counted by the second: nobody types faster than the limit
  int keys_in_window_ = 0;
  bool turn_sent_ = false;         // first piece of the present reply is out
  bool turn_sent_untold_ = false;  // … and the turn machine does not know yet
  bool trouble_told_ = false;      // an event says why the present reply failed
  bool caches_greeting_ = false;   // the present turn's sound goes into the cache
  TurnTimes times_;
  VendorTimes vendor_times_;
  UsageLedger ledger_;
  std::optional<SteadyTime> filler_at_;  // of the present turn
  std::size_t next_filler_ = 0;
  int next_line_ = 0;
  int agent_line_ = 0;
  int caller_line_ = 0;
  bool escalation_requested_ = false;
  bool transferring_ = false;
  std::string hang_up_reason_;  // as it was given
  bool voice_failed_ = false;   // the last reply had words that could not be spoken
  async::Timer timer_;
  std::optional<SteadyTime> timer_at_;
  async::Guard guard_;  // last: gone first, so that nothing posted earlier comes in
};

}  // namespace parley::engine
