// Listeners that write down what they are told, and a loop that runs until something is true.
#pragma once

#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "speech/speech_to_text.hpp"
#include "speech/text_to_speech.hpp"

namespace parley::speech::testing {

// False when `done` has not come true within a time that no healthy machine needs.
inline bool run_until(boost::asio::io_context& context, const std::function<bool()>& done) {
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!done()) {
    if (std::chrono::steady_clock::now() > give_up) return false;
    context.restart();
    context.run_one_for(std::chrono::milliseconds(50));
  }
  return true;
}

struct SpeechLog final : TtsListener {
  std::vector<std::int16_t> audio;
  int pieces = 0;
  int ends = 0;
  std::optional<vendor::VendorError> error;
  std::function<void()> on_piece = [] {};

  void on_speech_audio(std::span<const std::int16_t> piece, SteadyTime /*received_at*/) override {
    audio.insert(audio.end(), piece.begin(), piece.end());
    ++pieces;
    on_piece();
  }
  void on_speech_end() override { ++ends; }
  void on_speech_failed(vendor::VendorError failure) override { error = std::move(failure); }
  bool over() const { return ends > 0 || error.has_value(); }
};

struct HearingLog final : SttListener {
  std::map<std::uint64_t, Transcript> finals;
  int calls = 0;
  std::optional<vendor::VendorError> error;

  void on_partial_transcript(std::uint64_t, std::string) override { ++calls; }
  void on_final_transcript(std::uint64_t utterance, Transcript transcript) override {
    finals[utterance] = std::move(transcript);
    ++calls;
  }
  void on_stt_failed(vendor::VendorError failure) override {
    error = std::move(failure);
    ++calls;
  }
};

inline double rms(std::span<const std::int16_t> audio) {
  double energy = 0;
  for (const auto sample : audio)
    energy += static_cast<double>(sample) * sample;
  return audio.empty() ? 0 : std::sqrt(energy / static_cast<double>(audio.size()));
}

inline TtsRequest say(boost::asio::io_context& context, std::string text, std::string language = "en-IN",
                      int rate = 8000) {
  return {.executor = context.get_executor(),
          .text = std::move(text),
          .choice = {},
          .language = std::move(language),
          .sample_rate_hz = rate,
          .log = log::Logger("speech"),
          .observer = vendor::ignore_usage()};
}

}  // namespace parley::speech::testing
