// One reply of the agent: model text is cut into sentences, each spoken in turn into the playout. Owns the
// model's reply and the voice's job: destroying the turn cancels both, and nothing of it arrives afterwards.
//
// Thread: the call's shard. Lifetime: everything in Dependencies and the listener outlive the turn.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "agent/agent.hpp"
#include "base/log.hpp"
#include "engine/playout.hpp"
#include "engine/vendor_times.hpp"
#include "llm/chat_model.hpp"
#include "llm/sentence_splitter.hpp"
#include "realtime/voice_model.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::engine {

class AgentTurnListener {
 public:
  virtual ~AgentTurnListener() = default;
  virtual void on_turn_first_token() = 0;
  virtual void on_turn_audio() = 0;  // audio or an end of a segment was put into the playout
  virtual void on_turn_action(llm::ChatAction action) = 0;
  virtual void on_turn_generated() = 0;                        // all segments are in the playout
  virtual void on_turn_failed(vendor::VendorError error) = 0;  // last call; the turn is of no use any more
};

// A sentence and the playout segment that carries it.
struct SpokenSentence {
  std::uint64_t segment = 0;
  std::string text;
  bool filler = false;  // bridges a wait: no part of the reply
};

class AgentTurn final : private llm::ChatListener,
                        private speech::TtsListener,
                        private realtime::VoiceReplyListener {
 public:
  struct Dependencies {
    async::Executor executor;
    agent::AgentPtr agent;
    speech::TextToSpeech& tts;
    vendor::Observer& observer;
    Playout& playout;
    VendorTimes& times;
    std::uint64_t& next_segment;
    int sample_rate_hz;
    log::Logger log;
  };

  AgentTurn(std::uint64_t generation, Dependencies dependencies, AgentTurnListener& listener);
  ~AgentTurn() override;

  // One of these, once.
  void ask(llm::ChatModel& model, std::vector<llm::Message> history);
  void say(std::string text);
  void converse(realtime::VoiceSession& session);
  void say_by(realtime::VoiceSession& session, std::string text);
  void play(std::string text, std::shared_ptr<const std::vector<std::int16_t>> audio);
  // Ends it before it has begun.
  void fail(vendor::VendorError error) { listener_.on_turn_failed(std::move(error)); }

  // The caller heard only so much: a voice model has to know. Before the turn is destroyed.
  void cut(const std::vector<Heard>& heard);
  // Spoken now if the model has not said anything yet; otherwise nothing happens.
  void say_filler(std::string text);

  // Nothing is told to the listener any more. For a turn that cannot be destroyed yet because it is on the
  // stack.
  void silence() { silenced_ = true; }

  std::uint64_t generation() const { return generation_; }
  const std::string& text() const { return text_; }  // all generated so far
  const std::vector<SpokenSentence>& sentences() const { return sentences_; }
  // So many of the sentences have been given to the voice; the rest are not in the playout yet.
  std::size_t begun() const { return next_to_speak_; }
  bool generated() const { return generated_; }
  bool waits_for_model() const { return !text_complete_ && sentences_.empty(); }
  bool voice_failed() const { return voice_failed_; }
  const std::vector<llm::ToolExchange>& tools() const { return tools_; }
  // When the bytes of the first sound came in.
  SteadyTime first_received_at() const { return first_received_at_; }
  vendor::Part spoken_by() const { return voice_reply_ ? vendor::Part::sts : vendor::Part::tts; }
  // What say() has synthesised: for the greeting cache. Empty otherwise.
  std::vector<std::int16_t> take_audio() { return std::move(kept_audio_); }

 private:
  void on_reply_text(std::string_view delta) override;
  void on_reply_action(llm::ChatAction action) override;
  void on_reply_tool_call(llm::ToolCall call) override;
  void on_reply_end() override;
  void on_reply_failed(vendor::VendorError error) override;
  void on_speech_audio(std::span<const std::int16_t> audio, SteadyTime received_at) override;
  void on_speech_end() override;
  void on_speech_failed(vendor::VendorError error) override;

  void on_voice_text(std::string_view delta) override;
  void on_voice_audio(std::span<const std::int16_t> audio, SteadyTime received_at) override;
  void on_voice_action(llm::ChatAction action) override;
  void on_voice_end() override;
  void on_voice_failed(vendor::VendorError error) override;

  void begin_voice_segment();
  void enqueue(std::string sentence, bool filler = false);
  void speak_next();

  const std::uint64_t generation_;
  Dependencies dependencies_;
  AgentTurnListener& listener_;
  llm::SentenceSplitter splitter_;
  std::string text_;
  std::vector<SpokenSentence> sentences_;
  std::size_t next_to_speak_ = 0;
  bool text_complete_ = false;
  bool generated_ = false;
  std::vector<llm::ToolExchange> tools_;
  SteadyTime first_received_at_{};
  bool keep_audio_ = false;
  std::vector<std::int16_t> kept_audio_;
  bool voice_failed_ = false;
  bool silenced_ = false;
  std::unique_ptr<llm::ChatReply> reply_;
  std::unique_ptr<realtime::VoiceReply> voice_reply_;
  std::int64_t voice_samples_ = 0;
  std::unique_ptr<speech::TtsJob> job_;
  std::unique_ptr<speech::TtsJob> finished_job_;  // still on the stack while it tells us that it has ended
};

}  // namespace parley::engine
