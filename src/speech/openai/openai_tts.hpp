// OpenAI's voices, and those of servers with the same address: POST …/audio/speech, raw sound at 24 kHz in
// pieces.
//
// The account's url ends in /v1. Choice: model (gpt-4o-mini-tts), voice (alloy); options:
//   instructions  how to speak: tone, pace, accent; not for tts-1 and tts-1-hd
//   speed         0.25 … 4, 1 is normal
//
// Thread: prepare() any, the rest on the request's executor.
#pragma once

#include "base/clock.hpp"
#include "net/http_client.hpp"
#include "speech/text_to_speech.hpp"
#include "vendor/account.hpp"

namespace parley::speech {

// The request for one sentence; Errc::invalid_argument when the options are wrong, permission_denied without
// a key.
Result<net::ClientRequest> openai_speech_request(const vendor::Account& account,
                                                 const agent::ProviderChoice& choice, std::string_view text);
std::string openai_voice_model(const agent::ProviderChoice& choice);

class OpenAiTts final : public TextToSpeech {
 public:
  OpenAiTts(vendor::Account account, const Clock& clock);

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const TtsRequest& request) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
};

}  // namespace parley::speech
