// Deepgram's Aura voices: over a WebSocket that is used for one sentence after another, or by one HTTP
// request for each sentence.
//
// Options of an agent's choice
//   transport         websocket (default) or http
//   mip_opt_out, tag  Deepgram's own
//   first_audio_ms    read by the failover, not here
// Voice: "aura-2-thalia-en" as voice or as model, or voice "thalia" with model "aura-2" and the agent's
// language. What it uses: characters.
//
// A cancelled sentence is ended by Clear; its socket serves the next one when Deepgram has said Cleared.
// Thread: the call's shard; the object itself is shared by all shards. Lifetime: outlives its jobs; `clock`
// outlives all.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "speech/deepgram/speak_sockets.hpp"
#include "speech/text_to_speech.hpp"
#include "vendor/account.hpp"

namespace parley::speech {

class DeepgramTts final : public TextToSpeech {
 public:
  DeepgramTts(vendor::Account account, const Clock& clock, SpeakTiming timing = {});
  ~DeepgramTts() override;

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const TtsRequest& request) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  class SocketJob;
  const vendor::Account account_;
  const Clock& clock_;
  const std::shared_ptr<SpeakSockets> sockets_;
};

}  // namespace parley::speech
