// A voice that does not speak a sentence twice: what its vendor has spoken to the end is kept, and given
// again to whoever asks for the same with the same voice. Below the failover decorator, around one vendor's
// adapter.
//
// Only whole sentences are kept, none that were interrupted or failed, and none of an agent that does not
// want it. Nothing is used at the vendor by a sentence from the cache, so nothing is reported. Thread: as
// TextToSpeech; one object serves all shards. Lifetime: voice, cache and alarms outlive it; the cache's pool
// stops before the shards' loops are destroyed.
#pragma once

#include <string>

#include "speech/speech_cache.hpp"
#include "speech/text_to_speech.hpp"
#include "vendor/account.hpp"
#include "vendor/alarm.hpp"

namespace parley::speech {

class CachedTts final : public TextToSpeech {
 public:
  // The disk may be slower than the vendor: after this time the vendor is asked.
  static constexpr std::chrono::milliseconds kDiskPatience{150};

  CachedTts(TextToSpeech& voice, const vendor::Account& account, SpeechCache& cache,
            const vendor::Alarms& alarms = vendor::steady_alarms());

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const TtsRequest& request) override;
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  class Job;

  TextToSpeech& voice_;
  const std::string account_;
  SpeechCache& cache_;
  const vendor::Alarms& alarms_;
};

// Everything that the sound of a request depends on, the same in every process; nothing of the vendor's key.
std::string speech_account(const vendor::Account& account);
std::string speech_key(std::string_view account, const TtsRequest& request);

}  // namespace parley::speech
