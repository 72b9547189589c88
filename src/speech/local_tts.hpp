// Provider "local": English is spoken by flite in the process, every other language by espeak-ng.
// Thread and lifetime: as the two voices, which outlive this object.
#pragma once

#include "speech/text_to_speech.hpp"

namespace parley::speech {

class LocalTts final : public TextToSpeech {
 public:
  LocalTts(TextToSpeech& english, TextToSpeech& others) : english_(english), others_(others) {}

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  TextToSpeech& voice_of(std::string_view language);

  TextToSpeech& english_;
  TextToSpeech& others_;
};

}  // namespace parley::speech
