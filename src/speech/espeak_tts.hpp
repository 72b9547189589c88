// Text to speech for Hindi, other Indian languages and English through the program espeak-ng, when it is
// installed. One short-lived child process for each sentence (13 ms), never linked: the program is GPL-3. The
// text goes in by stdin, so it is on no command line. Thread: one blocking-pool job for each sentence.
// Lifetime: pool, registry and each request's executor outlive the pool's last job.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "async/blocking_pool.hpp"
#include "base/metrics.hpp"
#include "speech/pool_voice.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::speech {

// espeak-ng's name of the voice for a BCP 47 language: hi-IN is "hi", English of any country "en-us". A
// language without a special case is its first part, in lower case.
std::string espeak_voice(std::string_view language);

class EspeakTts final : public TextToSpeech {
 public:
  struct Options {
    std::string program = "espeak-ng";
    int words_per_minute = 160;
    std::chrono::milliseconds deadline{5000};  // for one sentence
  };

  EspeakTts(async::BlockingPool& pool, metrics::Registry& registry, Options options);
  ~EspeakTts() override;

  // Speaks a word to nobody: the program is there and has the voice. The agent's `voice` overrides its
  // language.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  async::BlockingPool& pool_;
  std::shared_ptr<VoiceProbe> probe_;
  Options options_;
};

}  // namespace parley::speech
