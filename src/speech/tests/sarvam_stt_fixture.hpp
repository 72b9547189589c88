// Sarvam's recognisers between a listener that writes down what it hears and an imposter.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/base64.hpp"
#include "speech/sarvam/sarvam_stt.hpp"
#include "speech/tests/sarvam_imposter.hpp"

namespace parley::speech {

inline constexpr std::string_view kFlush = R"({"type":"flush"})";
inline constexpr std::string_view kStart =
    R"({"type":"events","data":{"event_type":"vad","signal_type":"START_SPEECH"}})";
inline constexpr std::string_view kEnd =
    R"({"type":"events","data":{"event_type":"vad","signal_type":"END_SPEECH"}})";

inline std::string data(std::string_view text) {
  return R"({"type":"data","data":{"request_id":"r","transcript":")" + std::string(text) +
         R"(","metrics":{}}})";
}
inline std::string final(int index, std::string_view text) {
  return R"({"event":"transcript.final","utterance_idx":)" + std::to_string(index) + R"(,"text":")" +
         std::string(text) + R"("})";
}

struct Hearing final : SttListener {
  void on_partial_transcript(std::uint64_t utterance, std::string text) override {
    partials.push_back(std::to_string(utterance) + " " + text);
    if (drop_on_partial) stream.reset();
  }
  void on_final_transcript(std::uint64_t utterance, Transcript transcript) override {
    finals.push_back(std::to_string(utterance) + " " + transcript.text);
    if (drop_on_final) stream.reset();
  }
  void on_stt_failed(vendor::VendorError failure) override {
    ++failures;
    error = std::move(failure);
    if (drop_on_failure) stream.reset();
  }
  std::unique_ptr<SttStream> stream;
  std::vector<std::string> partials;
  std::vector<std::string> finals;
  std::optional<vendor::VendorError> error;
  int failures = 0;
  bool drop_on_partial = false;
  bool drop_on_final = false;
  bool drop_on_failure = false;
};

class SarvamSttTest : public SarvamImposter {
 protected:
  SarvamStt& recogniser(SarvamSttTiming timing = {}) {
    recogniser_ = std::make_unique<SarvamStt>(account(), system_clock(), timing);
    return *recogniser_;
  }
  void open(Hearing& hearing, std::string model = {}, SarvamSttTiming timing = {}, int rate = 8000) {
    auto stream = recogniser(timing).open({.executor = executor(),
                                           .agent = agent(),
                                           .choice = choice(std::move(model)),
                                           .sample_rate_hz = rate,
                                           .log = log::Logger("speech"),
                                           .observer = usage_},
                                          hearing);
    ASSERT_TRUE(stream) << describe(stream.error());
    hearing.stream = std::move(*stream);
  }
  void say(Hearing& hearing, std::uint64_t utterance, double seconds = 0.2) {
    hearing.stream->start_utterance(utterance);
    const std::vector<std::int16_t> frame(160, 1000);
    for (int i = 0; i < static_cast<int>(seconds * 50); ++i)
      hearing.stream->write(frame);
  }
  // The samples that all sessions together were sent.
  std::size_t samples_heard() const {
    std::size_t samples = 0;
    for (const auto& session : sessions_)
      for (const auto& message : session->heard) {
        const auto at = message.find(message.contains(R"("data":")") ? R"("data":")" : R"("audio":")");
        if (at == std::string::npos) continue;
        const auto from = message.find(":\"", at) + 2;
        std::vector<std::byte> bytes(message.size());
        samples += base64_decode(std::string_view(message).substr(from, message.find('"', from) - from),
                                 bytes.data())
                       .value_or(0) /
                   2;
      }
    return samples;
  }
  std::unique_ptr<SarvamStt> recogniser_;
};

}  // namespace parley::speech
