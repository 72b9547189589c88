#include "speech/instant.hpp"

#include <cmath>
#include <numbers>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include "async/guarded.hpp"

namespace parley::speech {
namespace {

class InstantStream final : public SttStream {
 public:
  InstantStream(SttRequest request, SttListener& listener)
      : executor_(std::move(request.executor)), listener_(listener) {
    const auto& options = request.agent->stt.options;
    const auto text = options.find("text");
    text_ = text == options.end() ? "this is what the caller said" : text->second;
  }

  void start_utterance(std::uint64_t utterance) override {
    utterance_ = utterance;
    speaking_ = true;
  }
  void write(std::span<const std::int16_t> /*audio*/) override {}
  void finish_utterance() override {
    if (!speaking_) return;
    speaking_ = false;
    boost::asio::post(executor_, [ticket = guard_->ticket(), this, utterance = utterance_] {
      if (ticket.valid()) listener_.on_final_transcript(utterance, {.text = text_});
    });
  }
  void cancel_utterance() override {
    speaking_ = false;
    guard_.emplace();  // answers under way belong to the old guard
  }

 private:
  async::Executor executor_;
  SttListener& listener_;
  std::string text_;
  std::uint64_t utterance_ = 0;
  bool speaking_ = false;
  std::optional<async::Guard> guard_{std::in_place};
};

class InstantJob final : public TtsJob {
 public:
  async::Guard guard;
};

// 440 Hz with an octave, five swells a second, at about a quarter of full scale.
std::vector<std::int16_t> make_tone(int rate) {
  std::vector<std::int16_t> tone(static_cast<std::size_t>(rate * InstantTts::kSeconds));
  constexpr double turn = 2 * std::numbers::pi;
  for (std::size_t i = 0; i < tone.size(); ++i) {
    const double t = static_cast<double>(i) / rate;
    const double swell = 0.5 - 0.5 * std::cos(turn * 5 * t);
    const double wave = 0.7 * std::sin(turn * 440 * t) + 0.3 * std::sin(turn * 880 * t);
    tone[i] = static_cast<std::int16_t>(std::lround(8000 * swell * wave));
  }
  return tone;
}

}  // namespace

Result<void> InstantStt::prepare(const agent::AgentPtr& /*agent*/, const agent::ProviderChoice& /*choice*/) {
  return {};
}

Result<std::unique_ptr<SttStream>> InstantStt::open(SttRequest request, SttListener& listener) {
  return std::make_unique<InstantStream>(std::move(request), listener);
}

InstantTts::InstantTts() {
  for (const int rate : {8000, 16000, 24000, 48000})
    tones_[rate] = make_tone(rate);
}

Result<void> InstantTts::prepare(const agent::AgentPtr& /*agent*/, const agent::ProviderChoice& /*choice*/) {
  return {};
}

std::unique_ptr<TtsJob> InstantTts::start(TtsRequest request, TtsListener& listener) {
  auto job = std::make_unique<InstantJob>();
  const auto tone = tones_.find(request.sample_rate_hz);
  if (tone == tones_.end()) {
    boost::asio::post(
        request.executor, [ticket = job->guard.ticket(), &listener, rate = request.sample_rate_hz] {
          if (!ticket.valid()) return;
          listener.on_speech_failed(
              Error{Errc::invalid_argument,
                    fmt::format("the instant voice has 8000, 16000, 24000 and 48000 Hz, not {}", rate)});
        });
    return job;
  }
  boost::asio::post(request.executor, [ticket = job->guard.ticket(), &listener, &sound = tone->second] {
    if (ticket.valid()) listener.on_speech_audio(sound, std::chrono::steady_clock::now());
    if (ticket.valid()) listener.on_speech_end();
  });
  return job;
}

}  // namespace parley::speech
