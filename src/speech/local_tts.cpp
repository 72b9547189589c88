#include "speech/local_tts.hpp"

#include "speech/espeak_tts.hpp"

namespace parley::speech {

TextToSpeech& LocalTts::voice_of(std::string_view language) {
  return language.empty() || espeak_voice(language) == "en-us" ? english_ : others_;
}

Result<void> LocalTts::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  return voice_of(agent->language).prepare(agent, choice);
}

std::unique_ptr<TtsJob> LocalTts::start(TtsRequest request, TtsListener& listener) {
  auto& voice = voice_of(request.language);
  return voice.start(std::move(request), listener);
}

}  // namespace parley::speech
