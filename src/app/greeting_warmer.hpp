// Speaks an agent's first message once at start-up, so that already the first caller is greeted from the
// cache. Thread: everything on the executor given.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "engine/greeting_cache.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::app {

class GreetingWarmer final : private speech::TtsListener {
 public:
  GreetingWarmer(async::Executor executor, agent::AgentPtr agent, int sample_rate_hz,
                 engine::GreetingCache& cache);

  // A failure is logged; the first call will say what is wrong again, to the call log.
  void start(speech::TextToSpeech& tts);

 private:
  void on_speech_audio(std::span<const std::int16_t> audio, SteadyTime received_at) override;
  void on_speech_end() override;
  void on_speech_failed(vendor::VendorError error) override;

  async::Executor executor_;
  agent::AgentPtr agent_;
  int sample_rate_hz_;
  engine::GreetingCache& cache_;
  std::vector<std::int16_t> audio_;
  std::unique_ptr<speech::TtsJob> job_;
};

}  // namespace parley::app
