// One socket to OpenAI Realtime and the replies asked for on it. Inside this folder; thread and lifetime as
// VoiceSession.
//
// Every message that the vendor may refuse carries an event_id that says what it was (kAbout…), and errors
// bring it back: a refused cut means nothing, a refused reply must be told.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "async/guarded.hpp"
#include "audio/resampler.hpp"
#include "base/clock.hpp"
#include "llm/tool_runner.hpp"
#include "realtime/openai/openai_realtime_protocol.hpp"
#include "realtime/voice_model.hpp"
#include "speech/openai/openai_faults.hpp"
#include "vendor/client_socket.hpp"

namespace parley::realtime {

class OpenAiRealtimeSession final : public VoiceSession, private vendor::ClientSocketListener {
 public:
  // Everything given by reference outlives it.
  OpenAiRealtimeSession(const vendor::Account& account, const Clock& clock, llm::ToolRunner& tools,
                        VoiceRequest request, RealtimeOptions options, VoiceSessionListener& listener);
  ~OpenAiRealtimeSession() override;

  void start_utterance(std::uint64_t utterance) override;
  void write(std::span<const std::int16_t> audio) override;
  void finish_utterance() override;
  void cancel_utterance() override;
  void add_text(llm::Role role, std::string text) override;
  std::unique_ptr<VoiceReply> reply(VoiceReplyListener& listener) override;
  std::unique_ptr<VoiceReply> say(std::string text, VoiceReplyListener& listener) override;

 private:
  class Reply;
  struct Asked {
    std::string id;  // the event_id of its response.create
    Reply* whose;    // nullptr: nobody waits any more
  };

  void on_socket_open() override {}
  void on_socket_text(std::string_view text) override;
  void on_socket_binary(std::string_view bytes) override;
  void on_socket_refused(const net::ConnectError& error) override;
  void on_socket_closed(const net::CloseInfo& close) override;

  std::unique_ptr<VoiceReply> begin(VoiceReplyListener& listener, std::string words);
  void ask(Reply& reply);
  void stop(Reply& reply);
  void cut(Reply& reply, std::chrono::milliseconds heard);
  void gone(Reply& reply);
  void flush_audio();
  void take(RealtimeEvent& event, SteadyTime received_at);
  void take_created(const RealtimeEvent& event);
  void take_item(const RealtimeEvent& event);
  void take_text(const RealtimeEvent& event);
  void take_audio(const RealtimeEvent& event, SteadyTime received_at);
  void take_done(RealtimeEvent& event);
  void take_error(const RealtimeEvent& event);
  void answer_calls(const std::vector<std::string>& calls, std::string_view why);
  void run_tools();
  void tools_done(llm::ToolOutcome outcome);
  void end_reply(std::optional<vendor::VendorError> error);
  void fail_reply(std::string_view what);
  void fail_session(vendor::VendorError error);
  void fail_protocol(std::string_view what);
  bool of_present(const RealtimeEvent& event) const;

  const vendor::Account& account_;
  const Clock& clock_;
  llm::ToolRunner& tools_;
  VoiceRequest request_;
  const RealtimeOptions options_;
  speech::OpenAiFaults faults_;
  VoiceSessionListener& listener_;
  std::unique_ptr<vendor::ClientSocket> socket_;
  bool failed_ = false;
  // Of nothing we sent: the close that follows it rarely says why.
  std::optional<vendor::VendorError> last_error_;

  std::optional<audio::Resampler> up_;
  std::vector<std::int16_t> resampled_;
  std::vector<std::byte> pending_;  // encoded, not sent
  std::string message_;
  std::string decoded_;
  std::vector<std::int16_t> samples_;

  std::uint64_t utterance_ = 0;
  bool open_ = false;
  std::int64_t sent_samples_ = 0;
  std::deque<std::uint64_t> committed_;                           // whose item is not named yet
  std::deque<std::pair<std::string, std::uint64_t>> utterances_;  // by item, the last ones

  Reply* reply_ = nullptr;
  std::uint64_t next_ask_ = 1;
  std::deque<Asked> asked_;  // sent and not answered
  bool parked_ = false;      // reply_ is asked for again once the response before it is really over
  async::Guard guard_;
};

}  // namespace parley::realtime
