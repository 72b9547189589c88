// English text to speech inside the process: flite's female voice slt. Streams: the first sound of a sentence
// is there after 20 to 30 ms. Thread: one blocking-pool job for each sentence; the voice itself is shared and
// read-only. Lifetime: pool, registry and each request's executor outlive the pool's last job.
#pragma once

#include <memory>
#include <string>

#include "async/blocking_pool.hpp"
#include "base/metrics.hpp"
#include "speech/pool_voice.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::speech {

// The text in the letters flite reads: typographic signs become plain ones, accents go. Errors: a letter of
// another script, which flite would skip without a sound.
Result<std::string> flite_text(std::string_view utf8);

class FliteTts final : public TextToSpeech {
 public:
  FliteTts(async::BlockingPool& pool, metrics::Registry& registry);

  // Voices: "slt" and "" (the same).
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  async::BlockingPool& pool_;
  std::shared_ptr<VoiceProbe> probe_;
};

}  // namespace parley::speech
