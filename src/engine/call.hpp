// A call as its socket sees it, and what a call needs from the rest of the server.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "agent/agent.hpp"
#include "async/task.hpp"
#include "base/clock.hpp"
#include "engine/greeting_cache.hpp"
#include "engine/probe.hpp"
#include "llm/chat_model.hpp"
#include "media/media_codec.hpp"
#include "media/media_link.hpp"
#include "realtime/voice_model.hpp"
#include "speech/speech_to_text.hpp"
#include "speech/text_to_speech.hpp"
#include "storage/call_store.hpp"
#include "storage/recording.hpp"

namespace parley::engine {

enum class LinkEnd {
  closed,   // by either side, as it should be
  broken,   // without a close
  too_big,  // the peer sent a message over the limit
};

// Thread: the call's shard. Destroying a call cancels everything of it; call on_link_closed first.
class Call {
 public:
  virtual ~Call() = default;
  virtual const std::string& id() const = 0;
  virtual void on_text(std::string_view text) = 0;  // 64 readable bytes behind it
  virtual void on_binary(std::string_view bytes) = 0;
  // The socket is gone. Ends the call in the log and finishes the recording.
  virtual void on_link_closed(LinkEnd how) = 0;
  // The server goes down now: end the call.
  virtual void shut_down() = 0;

  // Commands from outside. Errc::conflict: the call is over, has not begun where that matters, or nothing
  // behind its stream could hand the caller on;
  // Errc::invalid_argument: check_hang_up() and check_transfer() say why.
  // Ends the call now: the agent says nothing more. `reason` stands in the log; empty: "hung up by API".
  virtual Result<void> hang_up(std::string reason) = 0;
  // Says `say` and, once the caller has heard it, ends the stream, so that the carrier's flow goes on. `to`
  // is told in the event "transfer_requested" and nowhere else. An agent with a transfer of its own gives its
  // numbers and words for what is empty; of any other agent `to` is needed.
  virtual Result<void> transfer(std::string to, std::string say) = 0;

  // `told` is called on the shard whenever id() has become another one; only DeferredCall's does, and before
  // anything was written down. The last one given counts.
  virtual void on_new_id(std::function<void()> /*told*/) {}
};

// Nothing that comes from outside is longer than somebody meant it to be.
Result<void> check_hang_up(std::string_view reason);
// `may_be_nobody`: the agent knows whom to transfer to.
Result<void> check_transfer(std::string_view to, std::string_view say, bool may_be_nobody = false);

struct TranscriptLine {
  int number = 0;  // lines are replaced by later ones with the same number
  bool by_agent = false;
  std::string text;
  bool final = false;
  bool interrupted = false;  // the agent's text was cut to what the caller heard
};

// Who watches calls live. Thread: called on the calls' shards; none of it may block.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void on_call_started(const storage::CallRecord& call) = 0;
  virtual void on_transcript_line(const std::string& call_id, const TranscriptLine& line) = 0;
  virtual void on_call_ended(const std::string& call_id, const storage::CallEnd& end) = 0;
  // Whatever the call writes down as an event; `offset_ms` on the call's sample clock. Views are valid during
  // the call. The kinds, and their details:
  //   dtmf                   the key
  //   barge_in               the turn that the caller interrupted
  //   stage, slot            the stage; "name=value"
  //   tool, tool_failed      its name and how long it took
  //   escalation_requested   why: "key 0", "asked for by the caller", "not understood", what the model says
  //   transfer_requested     numbers with commas between, may be empty. After the escalation that led to it
  //                          (by API there is none) and before the stream is closed
  //   transfer_refused       why the caller is not handed on: the call goes on
  //   transfer_not_done      how the call ended before the transfer: "caller hung up" …
  //   reply_failed, stt_failed, transcript_timeout, vendor_failed, vendor_switched …   what went wrong
  //   protocol_error, media_stopped, stream_stop, stream_refused                       of the stream
  virtual void on_call_event(const std::string& /*call_id*/, std::string_view /*kind*/,
                             std::string_view /*detail*/, std::int64_t /*offset_ms*/) {}
  // A turn is over: the answer was heard, or cut. With its latencies.
  virtual void on_turn(const storage::TurnRecord& /*turn*/) {}
  // All that was said, as the model would read it, with what came before this call; just before its end. Not
  // of an echo.
  virtual void on_conversation(const std::string& /*call_id*/, const std::vector<llm::Message>& /*said*/) {}
  // The file that grows from now on. Its path is relative to the data directory.
  virtual void on_recording_started(const storage::RecordingRecord& /*recording*/) {}
  // The same, whole and with its length; the row says so, too. On the recorder's thread.
  virtual void on_recording_whole(const storage::RecordingRecord& /*recording*/) {}
  // The whole recording is in `file`. On the recorder's thread, so the recorder goes before the observer.
  virtual void on_recording_finished(const std::string& /*call_id*/, const agent::AgentPtr& /*agent*/,
                                     const std::filesystem::path& /*file*/) {}
};

// A voice model and the choice it is asked with.
struct VoiceLink {
  std::shared_ptr<realtime::VoiceModel> model;
  agent::ProviderChoice choice;
};

// An agent's vendors. stt may be null: the agent is answered by keys only. A realtime agent has `voices`, in
// the order of its choices, and no stt and chat; its tts speaks what the server itself has to say.
struct Vendors {
  std::shared_ptr<speech::SpeechToText> stt;
  std::shared_ptr<llm::ChatModel> chat;
  std::shared_ptr<speech::TextToSpeech> tts;
  std::vector<VoiceLink> voices;
  bool warm = true;  // connected when the call begins; otherwise when they are needed
  // Says that something went wrong, also when `tts` is what went wrong. nullptr: there is none but `tts`.
  std::shared_ptr<speech::TextToSpeech> apology = nullptr;
};

struct MediaSettings {
  std::chrono::milliseconds piece{100};  // of outgoing audio
  std::chrono::milliseconds lead{400};
  std::chrono::milliseconds dead_after{10'000};  // without media
  std::chrono::milliseconds start_deadline{10'000};
};

// Nothing behind the stream could hand the caller on: whoever asks for it is refused, and the call goes on.
struct NoTransfer {
  std::string why;           // for the log and for whoever asks from outside
  bool agent_would = false;  // the agent has a transfer of its own, which is switched off in this call
};

// Everything outlives the call.
struct CallDependencies {
  async::Executor executor;
  const Clock& clock;
  media::MediaLink& link;
  agent::AgentPtr agent;
  Vendors vendors;
  storage::CallStore& store;
  storage::Recorder& recorder;
  std::filesystem::path data_dir;
  GreetingCache& greetings;
  CallObserver& observer;
  std::shared_ptr<const vendor::PriceTable> prices;
  Probe& probe;
  MediaSettings media;
  std::string carrier;
  std::string phone_id;  // of our number; may be empty
  std::string workspace_id = "default";
  std::string agent_text{};  // the agent's configuration as it was written, for the session
  std::string call_id{};     // empty: one is made
  std::string session_id{};  // empty: the stream's parameter "sessionId"; without that, the call's id
  std::string direction = "inbound";
  std::string from{};  // who rings and who is rung, where it is known better than by the stream's start
  std::string to{};
  std::string telephony_config_id{};
  std::string variables{};     // JSON object, for the log
  std::string custom_field{};  // as the carrier had it
  // Of a call that comes back after a transfer that failed: what was said before, for the model.
  std::vector<llm::Message> earlier{};
  std::optional<NoTransfer> no_transfer{};
  bool line_charged = true;  // by whoever carries the call
};

// A conversation, or an echo, as the agent's kind says.
std::unique_ptr<Call> make_call(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies);

}  // namespace parley::engine
