// Sarvam's voices between a listener that writes down what it hears and an imposter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audio/wav.hpp"
#include "base/base64.hpp"
#include "speech/sarvam/sarvam_tts.hpp"
#include "speech/tests/sarvam_imposter.hpp"

namespace parley::speech {

inline constexpr std::string_view kFinal =
    R"({"type":"event","data":{"event_type":"final","message":"done"}})";
inline constexpr std::string_view kSentence = "Hello there.";

inline std::string samples(std::size_t count, std::int16_t value = 1000) {
  const std::vector<std::int16_t> pcm(count, value);
  return {reinterpret_cast<const char*>(pcm.data()), pcm.size() * 2};
}
inline std::string base64(std::string_view bytes) {
  std::string out;
  base64_encode(std::as_bytes(std::span(bytes)), out);
  return out;
}
inline std::string audio(std::string_view bytes) {
  return R"({"type":"audio","data":{"content_type":"audio/wav","audio":")" + base64(bytes) + R"("}})";
}
inline std::string wav(std::size_t count, int rate = 8000) {
  return audio::wav_header(rate, 1, static_cast<std::uint32_t>(count * 2)) + samples(count);
}

struct Listening final : TtsListener {
  void on_speech_audio(std::span<const std::int16_t> piece, SteadyTime) override {
    sound.insert(sound.end(), piece.begin(), piece.end());
    ++pieces;
    if (drop_on_audio) job.reset();
  }
  void on_speech_end() override {
    ++ends;
    if (drop_on_end) job.reset();
  }
  void on_speech_failed(vendor::VendorError failure) override {
    ++failures;
    error = std::move(failure);
    if (drop_on_failure) job.reset();
  }
  bool over() const { return ends + failures > 0; }
  std::unique_ptr<TtsJob> job;
  std::vector<std::int16_t> sound;
  std::optional<vendor::VendorError> error;
  int pieces = 0;
  int ends = 0;
  int failures = 0;
  bool drop_on_audio = false;
  bool drop_on_end = false;
  bool drop_on_failure = false;
};

class SarvamTtsTest : public SarvamImposter {
 protected:
  void start_voice(SarvamTtsTiming timing = {}) {
    voice_ = std::make_unique<SarvamTts>(account(), system_clock(), timing);
  }
  void TearDown() override {
    voice_.reset();
    SarvamImposter::TearDown();
  }
  TtsRequest request(std::string text = std::string(kSentence),
                     std::map<std::string, std::string> options = {}, std::string model = "bulbul:v2") {
    return {.executor = executor(),
            .text = std::move(text),
            .choice = choice(std::move(model), std::move(options)),
            .language = "hi-IN",
            .sample_rate_hz = 8000,
            .log = log::Logger("speech"),
            .observer = usage_};
  }
  void speak(Listening& listening, TtsRequest wanted) {
    listening.job = voice_->start(std::move(wanted), listening);
  }
  void speak(Listening& listening) { speak(listening, request()); }
  // The imposter answers a flush with these messages.
  void answer_flush(std::vector<std::string> messages) {
    on_message_ = [messages = std::move(messages)](Session& session, std::string_view message) {
      if (message != kSarvamTtsFlush) return;
      for (const auto& one : messages)
        session.send(one);
    };
  }
  std::ptrdiff_t flushes() const {
    std::ptrdiff_t count = 0;
    for (const auto& session : sessions_)
      count += session->count(kSarvamTtsFlush);
    return count;
  }
  std::unique_ptr<SarvamTts> voice_;
};

}  // namespace parley::speech
