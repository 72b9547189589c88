#include "app/greeting_warmer.hpp"

#include "base/log.hpp"

namespace parley::app {

GreetingWarmer::GreetingWarmer(async::Executor executor, agent::AgentPtr agent, int sample_rate_hz,
                               engine::GreetingCache& cache)
    : executor_(executor), agent_(std::move(agent)), sample_rate_hz_(sample_rate_hz), cache_(cache) {}

void GreetingWarmer::start(speech::TextToSpeech& tts) {
  job_ = tts.start({executor_, agent_->first_message, agent_->tts, agent_->language, sample_rate_hz_,
                    log::Logger("app"), vendor::ignore_usage(), agent_->caching.speech},
                   *this);
}

void GreetingWarmer::on_speech_audio(std::span<const std::int16_t> audio, SteadyTime /*received_at*/) {
  audio_.insert(audio_.end(), audio.begin(), audio.end());
}

void GreetingWarmer::on_speech_end() {
  cache_.put(*agent_, sample_rate_hz_, std::move(audio_));
}

void GreetingWarmer::on_speech_failed(vendor::VendorError error) {
  log::Logger("app").warn("the greeting of agent '{}' could not be spoken ahead: {}", agent_->name,
                          describe(error));
}

}  // namespace parley::app
