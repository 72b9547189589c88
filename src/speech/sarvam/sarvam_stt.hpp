// Sarvam's streaming recognisers behind the port, both protocols (sarvam_stt_protocol.hpp has the options).
//
// One socket for a call, opened at once. Sarvam's answers bear no name of ours, so an answer that is still
// owed when it is not wanted any more (a cancelled utterance, or one that was answered by the timer) costs
// the socket: a new one is opened at once, in place of waiting for an answer that might be taken for the next
// utterance's. While the caller is silent, a tenth of a second of silence every eight seconds (`streaming`;
// Sarvam bills it, about one part in eighty) or a ping (`realtime`) keeps the socket; a socket that closes
// nevertheless is opened again by the next utterance.
#pragma once

#include "base/clock.hpp"
#include "speech/speech_to_text.hpp"
#include "vendor/account.hpp"

namespace parley::speech {

struct SarvamSttTiming {
  // After finish_utterance(): what there is by then is the transcript. Sarvam's 99th percentile is 1.2 s.
  std::chrono::milliseconds final{2000};
  // The same when Sarvam's own detector has ended all speech and all of it is answered: a round trip to hear
  // that it begins anew after all. Every millisecond of it is the caller's to wait.
  std::chrono::milliseconds settled{120};
  std::chrono::milliseconds keep_alive{8000};
  std::chrono::milliseconds connect{5000};
};

class SarvamStt final : public SpeechToText {
 public:
  // `clock` outlives it.
  SarvamStt(vendor::Account account, const Clock& clock, SarvamSttTiming timing = {});

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
  const SarvamSttTiming timing_;
};

}  // namespace parley::speech
