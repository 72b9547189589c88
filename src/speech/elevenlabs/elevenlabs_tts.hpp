// ElevenLabs' voices: over a WebSocket with a context for each sentence, or over HTTP.
//
// The account's url has no path: https://api.elevenlabs.io. Choice: model (eleven_flash_v2_5), voice (an id
// of the voice library); options:
//   transport           websocket | http; eleven_v3 knows http only
//   language            ISO 639-1; else the agent's, for models that take one
//   stability           0 … 1
//   similarity_boost    0 … 1
//   style               0 … 1
//   speaker_boost       true | false
//   speed               0.7 … 1.2, 1 is normal
//   text_normalization  auto | on | off: how numbers and dates are read
//   seed                0 … 4294967295: the same text sounds the same
//   logging             false: the vendor keeps nothing (dearer plans)
//
// Thread: prepare() any, the rest on the request's executor.
#pragma once

#include <atomic>
#include <chrono>

#include "base/clock.hpp"
#include "speech/text_to_speech.hpp"
#include "vendor/account.hpp"
#include "vendor/socket_pool.hpp"

namespace parley::speech {

struct ElevenLabsTiming {
  std::chrono::milliseconds first_sound{15'000};
  // The vendor does not promise to say when a sentence is over. So long without a message and it is.
  std::chrono::milliseconds quiet{1'500};
};

class ElevenLabsTts final : public TextToSpeech {
 public:
  ElevenLabsTts(vendor::Account account, const Clock& clock, ElevenLabsTiming timing = {});

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const TtsRequest& request) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
  const ElevenLabsTiming timing_;
  vendor::SocketPool pool_;
  std::atomic<std::uint64_t> contexts_{0};
};

}  // namespace parley::speech
