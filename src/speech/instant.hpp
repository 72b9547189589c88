// Vendors that answer at once, for the `bench` agent: they load the pipeline around speech and nothing else.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "speech/speech_to_text.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::speech {

// Every finished utterance was "this is what the caller said", or the agent's stt option `text`.
class InstantStt final : public SpeechToText {
 public:
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) override;
};

// Every sentence is the same two seconds of a soft tone that swells like syllables, in one piece. Made once
// for each usual rate (8, 16 and 24 kHz); another rate is told by on_speech_failed. Lifetime: outlives its
// jobs.
class InstantTts final : public TextToSpeech {
 public:
  static constexpr int kSeconds = 2;

  InstantTts();
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  std::map<int, std::vector<std::int16_t>> tones_;  // by rate; not changed after construction
};

}  // namespace parley::speech
