// A voice that does not fail while one of an agent's choices can speak: whatever comes too late or breaks off
// is spoken on by the next choice, from the word where the sound ended.
//
// Options of a choice, in milliseconds: first_audio_ms (to the first sound), stall_ms (between two pieces).
//
// Thread and lifetime: one for each call, which it remembers: after a switch the following sentences are the
// new choice's too. Ports, breakers and alarms outlive it; it outlives its jobs. Everything on the call's
// shard.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "speech/text_to_speech.hpp"
#include "vendor/alarm.hpp"
#include "vendor/failover.hpp"

namespace parley::speech {

struct TtsLink {
  TextToSpeech& port;
  agent::ProviderChoice choice;
  vendor::CircuitBreaker* breaker = nullptr;  // nullptr: a local part, never broken
};

struct FailoverTtsDeadlines {
  std::chrono::milliseconds first_audio{2500};
  std::chrono::milliseconds stall{3000};
  // From the start, or the last sound: then no other try is begun.
  std::chrono::milliseconds give_up{8000};
};

class FailoverTts final : public TextToSpeech {
 public:
  // `links` in the agent's order, not empty.
  explicit FailoverTts(std::vector<TtsLink> links, FailoverTtsDeadlines deadlines = {},
                       const vendor::Alarms& alarms = vendor::steady_alarms());

  // All of them, whatever choice is named. The first error.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  // The one that is likely to be asked.
  void warm(const TtsRequest& request) override;
  // The request's own choice is not looked at.
  std::unique_ptr<TtsJob> start(TtsRequest request, TtsListener& listener) override;

 private:
  class Job;
  struct Voice {
    TextToSpeech& port;
    std::chrono::milliseconds first_audio;
    std::chrono::milliseconds stall;
    // How fast it speaks, from sentences it has finished.
    double characters = 0;
    double seconds = 0;
  };

  const FailoverTtsDeadlines deadlines_;
  const vendor::Alarms& alarms_;
  std::optional<Error> bad_option_;
  std::vector<Voice> voices_;
  vendor::FailoverCourse course_;
};

// What is left of `text` after about `characters` of it were spoken: from the beginning of the word in which
// that is, so that no word is lost.
std::string_view unspoken_rest(std::string_view text, double characters);

}  // namespace parley::speech
