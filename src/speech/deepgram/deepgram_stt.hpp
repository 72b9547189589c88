// Deepgram's live recognisers: nova-2, nova-3 and relatives on /v1/listen, and Flux on /v2/listen for models
// whose name begins with "flux". One socket for each call, opened with it and held open between utterances;
// when Deepgram closes an idle one, the next utterance opens another and nobody is told.
//
// Options of an agent's choice          nova                 Flux
//   language          Deepgram's own name; `multi` switches    -
//   endpointing       ms of silence that end a piece (300), or false   -
//   smart_format      true                                     -
//   punctuate, filler_words, version, redact, replace          -
//   keywords          word:boost, …  (older models)            -
//   keyterm           words to expect, by commas (nova-3)      the same
//   numerals, profanity_filter, mip_opt_out, tag               the same
//   language_hint     -                                        languages, by commas (flux-general-multi)
//   eot_threshold, eot_timeout_ms     -                        0.5 … 0.9, 500 … 10000
//   final_ms          read by the failover, not here
//
// Model: free text, nova-3 when empty. What it uses: seconds of audio, silence that was sent included.
// Thread: the call's shard. Lifetime: outlives its streams; `clock` outlives all.
#pragma once

#include <memory>

#include "base/clock.hpp"
#include "speech/deepgram/deepgram_live_protocol.hpp"
#include "speech/speech_to_text.hpp"
#include "vendor/account.hpp"

namespace parley::speech {

class DeepgramStt final : public SpeechToText {
 public:
  DeepgramStt(vendor::Account account, const Clock& clock, deepgram::LiveTiming timing = {});

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) override;

 private:
  class Stream;
  const vendor::Account account_;
  const Clock& clock_;
  const deepgram::LiveTiming timing_;
};

}  // namespace parley::speech
