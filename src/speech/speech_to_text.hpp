// The port to recognisers. An adapter implements SpeechToText and SttStream; the engine drives one stream per
// call.
//
// Thread: everything on the call's shard, listener calls too. Work elsewhere posts back (async/guarded.hpp).
// Lifetime: SpeechToText outlives its streams; the listener outlives the stream. Destroying a stream cancels
// it: no listener call comes after the destructor. Listener calls never come from inside a call into the
// stream.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "agent/agent.hpp"
#include "async/task.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "vendor/usage.hpp"

namespace parley::speech {

// One utterance is what the caller says between start_utterance and finish_utterance.
struct Transcript {
  std::string text;      // empty: nothing was understood
  float confidence = 1;  // 0 … 1
  // Speech was heard but lies outside what the recogniser can know (a grammar's score): text is empty then.
  bool rejected = false;
  // The vendor owes its answer: this is what was known of it when the adapter's patience ended.
  bool unanswered = false;
};

class SttListener {
 public:
  virtual ~SttListener() = default;
  // What the utterance may become; replaces earlier partials. Optional.
  virtual void on_partial_transcript(std::uint64_t utterance, std::string text) = 0;
  // Exactly once for each finished utterance that was not cancelled, unless on_stt_failed came.
  virtual void on_final_transcript(std::uint64_t utterance, Transcript transcript) = 0;
  // The stream is of no use any more. Last call.
  virtual void on_stt_failed(vendor::VendorError error) = 0;
};

class SttStream {
 public:
  virtual ~SttStream() = default;
  // Utterance ids rise. Audio between utterances is not sent. `audio` is mono int16 at the stream's rate, any
  // length.
  virtual void start_utterance(std::uint64_t utterance) = 0;
  virtual void write(std::span<const std::int16_t> audio) = 0;
  // The caller's turn is over: answer soon with the final transcript.
  virtual void finish_utterance() = 0;
  // It was no speech after all: forget it, no transcript is wanted. Also drops a finished utterance not yet
  // answered.
  virtual void cancel_utterance() = 0;
};

struct SttRequest {
  async::Executor executor;  // the call's shard
  agent::AgentPtr agent;
  agent::ProviderChoice choice;  // the agent's own, or one of its fallbacks
  int sample_rate_hz = 8000;     // of the audio that write() gets
  log::Logger log;               // with the call's id
  vendor::Observer& observer;
};

class SpeechToText {
 public:
  virtual ~SpeechToText() = default;
  // What the agent wants can be done: model files there, grammar compiles. Blocking; at start-up and on agent
  // load.
  virtual Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) = 0;
  // Connects at once and in the background: it is called when the call begins, while the greeting plays.
  virtual Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) = 0;
};

}  // namespace parley::speech
