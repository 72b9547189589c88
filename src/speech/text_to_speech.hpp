// The port to synthesisers: text in, mono int16 audio at the wanted rate out, as it is made.
//
// Thread: everything on the call's shard, listener calls too. Lifetime: as speech_to_text.hpp: destroying a
// job cancels it and no listener call comes afterwards; listener calls never come from inside start().
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "agent/agent.hpp"
#include "async/task.hpp"
#include "base/clock.hpp"
#include "base/log.hpp"
#include "base/result.hpp"
#include "vendor/usage.hpp"

namespace parley::speech {

struct TtsRequest {
  async::Executor executor;      // the call's shard
  std::string text;              // one sentence
  agent::ProviderChoice choice;  // voice, model, options
  std::string language;          // BCP 47
  int sample_rate_hz = 8000;     // what the listener gets; the adapter resamples when its vendor has another
  log::Logger log;
  vendor::Observer& observer;
  bool cacheable = true;  // the sound may be kept for whoever wants the same sentence again
  bool personal = false;  // it holds what is one caller's: kept in memory only, never in a file
};

class TtsListener {
 public:
  virtual ~TtsListener() = default;
  // Valid during the call. `received_at`: when the bytes it was made from came from the vendor.
  virtual void on_speech_audio(std::span<const std::int16_t> audio, SteadyTime received_at) = 0;
  virtual void on_speech_end() = 0;                              // last call of a job
  virtual void on_speech_failed(vendor::VendorError error) = 0;  // last call of a job
};

class TtsJob {
 public:
  virtual ~TtsJob() = default;
};

class TextToSpeech {
 public:
  virtual ~TextToSpeech() = default;
  // The agent's voice and language can be spoken. Blocking; at start-up and on agent load.
  virtual Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) = 0;
  // A job like this one is coming (its text is not known yet): open what it needs in the background.
  virtual void warm(const TtsRequest&) {}
  virtual std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) = 0;
};

}  // namespace parley::speech
