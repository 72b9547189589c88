// Speech to text without a key: provider "local". Hears the sentences of the agent's script and nothing else,
// in English; what lies outside is answered as rejected. A command and digits recogniser, not dictation.
//
// An utterance is collected on the call's shard and decoded in one go on the blocking pool when the caller's
// turn is over (0.02 s for each second of sound), by a decoder that belongs to the pool's worker. An
// utterance that waited longer than the deadline for a worker is answered as rejected: asking again is better
// than silence.
//
// Lifetime: pool, registry and each request's executor outlive the pool's last job; this object may go before
// it.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>

#include "async/blocking_pool.hpp"
#include "base/metrics.hpp"
#include "speech/speech_to_text.hpp"

namespace parley::speech {

class SphinxStt final : public SpeechToText {
 public:
  struct Options {
    std::filesystem::path model_directory;           // empty: where the Debian package puts it
    std::chrono::milliseconds queue_deadline{1500};  // wait for a free worker
    // Mean acoustic score per frame. On the sentences it was set on, 4 of 78 inside a grammar are rejected
    // and 5 of 80 outside let through; on others, 3 of 42 and 9 of 80. Synthetic voices, phone band.
    double reject_below = -45;
    // A single word has no freedom to bend itself to strange sound, but few frames to make up for a blurred
    // one: of 28 such answers all but one lie above, of 9 strange sounds heard as one word none does.
    double reject_word_below = -53;
    std::size_t decoders_per_worker = 8;  // agents whose decoder a worker keeps
  };

  SphinxStt(async::BlockingPool& pool, metrics::Registry& registry, Options options);
  ~SphinxStt() override;

  // Makes a decoder for the agent and keeps it for the first worker that needs one.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) override;

 private:
  class Stream;
  class Ears;
  std::shared_ptr<Ears> ears_;
};

}  // namespace parley::speech
