// A recogniser that does not fail while one of an agent's choices can hear: what the caller has said and got
// no transcript for is kept (60 s at most) and played to the next choice, so that no word is lost.
//
// A choice is given up when it fails, when the final transcript comes too late, and when it is deaf: no text
// for two clear utterances in a row, or neither a partial nor a final transcript of one. A connection that is
// lost while nobody speaks is opened again, quietly, at the next utterance.
//
// Option of a choice: final_ms, from the end of an utterance to its transcript.
//
// Thread and lifetime: one for each call, which it remembers: after a switch the call stays with the new
// choice. Ports, breakers and alarms outlive it; it outlives its streams. Everything on the call's shard.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "speech/speech_to_text.hpp"
#include "vendor/alarm.hpp"
#include "vendor/failover.hpp"

namespace parley::speech {

struct SttLink {
  SpeechToText& port;
  agent::ProviderChoice choice;
  vendor::CircuitBreaker* breaker = nullptr;  // nullptr: a local part, never broken
};

struct FailoverSttDeadlines {
  std::chrono::milliseconds final_transcript{2500};
  // From the end of the oldest utterance that waits: then no other try is begun.
  std::chrono::milliseconds give_up{8000};
};

class FailoverStt final : public SpeechToText {
 public:
  // `links` in the agent's order, not empty.
  explicit FailoverStt(std::vector<SttLink> links, FailoverSttDeadlines deadlines = {},
                       const vendor::Alarms& alarms = vendor::steady_alarms());

  // All of them, whatever choice is named. The first error.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  // The request's own choice is not looked at. Errors: not one of them could be opened.
  Result<std::unique_ptr<SttStream>> open(SttRequest request, SttListener& listener) override;

 private:
  class Stream;
  struct Ears {
    SpeechToText& port;
    std::chrono::milliseconds final_transcript;
  };

  const FailoverSttDeadlines deadlines_;
  const vendor::Alarms& alarms_;
  std::optional<Error> bad_option_;
  std::vector<Ears> ears_;
  vendor::FailoverCourse course_;
};

}  // namespace parley::speech
