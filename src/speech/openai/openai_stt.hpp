// OpenAI's recognisers, live: a transcription session of the Realtime API.
//
// The account's url ends in /v1. Choice: model (gpt-4o-transcribe); options:
//   language         ISO 639-1, or "auto" to have it detected; else the agent's
//   prompt           names and words to expect
//   noise_reduction  none | near_field | far_field
//   format           pcmu | pcm: how sound is sent; calls at 8 kHz use pcmu
//
// Thread: prepare() any, the rest on the request's executor.
#pragma once

#include <chrono>

#include "base/clock.hpp"
#include "speech/speech_to_text.hpp"
#include "vendor/account.hpp"

namespace parley::speech {

struct OpenAiSttTiming {
  std::chrono::milliseconds ready{8'000};  // connection and session
  // After the end of an utterance; then it gets the text known until then, perhaps none.
  std::chrono::milliseconds answer{5'000};
};

class OpenAiStt final : public SpeechToText {
 public:
  OpenAiStt(vendor::Account account, const Clock& clock, OpenAiSttTiming timing = {});

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
  const OpenAiSttTiming timing_;
};

}  // namespace parley::speech
