// The port to models that hear and speak by themselves: the caller's sound in, the agent's sound and both
// sides' words out. Who speaks when stays with our turn machine: the model's own turn detection is off, an
// utterance is what lies between start_utterance and finish_utterance, and a reply is asked for.
//
// Thread: everything on the call's shard, listener calls too. Lifetime: VoiceModel outlives its sessions, a
// session its replies; destroying a session or a reply cancels it and no listener call comes afterwards.
// Listener calls never come from inside a call into the session.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat_model.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::realtime {

class VoiceReplyListener {
 public:
  virtual ~VoiceReplyListener() = default;
  // What is being said, as text; may run ahead of the sound.
  virtual void on_voice_text(std::string_view delta) = 0;
  virtual void on_voice_audio(std::span<const std::int16_t> audio, SteadyTime received_at) = 0;
  virtual void on_voice_action(llm::ChatAction action) = 0;
  virtual void on_voice_end() = 0;                              // last call of a reply
  virtual void on_voice_failed(vendor::VendorError error) = 0;  // last call of a reply
};

class VoiceReply {
 public:
  virtual ~VoiceReply() = default;
  // The caller has heard only the first `heard` of it: the model's memory is cut there, and the reply is
  // over. Call it before the reply is destroyed; a reply that is destroyed without it counts as not heard at
  // all unless it had ended.
  virtual void cut(std::chrono::milliseconds heard) = 0;
};

class VoiceSessionListener {
 public:
  virtual ~VoiceSessionListener() = default;
  // What the caller said, written down by the vendor: may come long after the reply has begun, or never.
  virtual void on_caller_text(std::uint64_t utterance, std::string text) = 0;
  // The session is of no use any more. Last call; replies under way are told first.
  virtual void on_voice_session_failed(vendor::VendorError error) = 0;
};

class VoiceSession {
 public:
  virtual ~VoiceSession() = default;
  // As speech::SttStream.
  virtual void start_utterance(std::uint64_t utterance) = 0;
  virtual void write(std::span<const std::int16_t> audio) = 0;
  virtual void finish_utterance() = 0;
  virtual void cancel_utterance() = 0;
  // Text of the caller that was not spoken: keys, and history that the session has not heard.
  virtual void add_text(llm::Role role, std::string text) = 0;
  // One at a time: the reply before it is over or destroyed. The listener outlives the reply.
  virtual std::unique_ptr<VoiceReply> reply(VoiceReplyListener& listener) = 0;
  // A fixed text in the model's voice.
  virtual std::unique_ptr<VoiceReply> say(std::string text, VoiceReplyListener& listener) = 0;
};

struct VoiceRequest {
  async::Executor executor;  // the call's shard
  agent::AgentPtr agent;
  agent::ProviderChoice choice;  // the agent's own, or one of its fallbacks
  int sample_rate_hz = 8000;     // both ways; the adapter resamples when its vendor has another
  log::Logger log;
  vendor::Observer& observer;
};

class VoiceModel {
 public:
  virtual ~VoiceModel() = default;
  virtual Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) = 0;
  // Connects at once and in the background; what is written meanwhile is kept.
  virtual Result<std::unique_ptr<VoiceSession>> open(VoiceRequest request,
                                                     VoiceSessionListener& listener) = 0;
};

}  // namespace parley::realtime
