#include "speech/sarvam/sarvam_tts_job.hpp"

#include <algorithm>

#include "speech/vendor_options.hpp"

namespace parley::speech {
namespace {

// Nobody speaks faster, or slower: characters of any script in a second of sound.
constexpr double kMostCharactersPerSecond = 25;
constexpr double kFewestCharactersPerSecond = 1;
constexpr double kGraceSeconds = 30;

}  // namespace

SarvamTtsJob::SarvamTtsJob(SarvamTts& voice, SarvamTtsSettings settings, TtsRequest request,
                           TtsListener& listener)
    : voice_(voice),
      settings_(std::move(settings)),
      executor_(request.executor),
      log_(std::move(request.log)),
      faults_(voice.account(), settings_.model),
      texts_(split_for_sarvam(request.text, settings_.most_characters)),
      listener_(listener),
      observer_(request.observer),
      rate_hz_(request.sample_rate_hz),
      stream_(settings_.sample_rate_hz, request.sample_rate_hz) {
  for (const auto& text : texts_)
    characters_ += code_points(text);
}

bool SarvamTtsJob::speak(std::string_view bytes, SteadyTime received_at) {
  if (over_) return false;
  const auto ticket = guard_.ticket();
  stream_.push(bytes, [&](std::span<const std::int16_t> audio) {
    samples_ += audio.size();
    listener_.on_speech_audio(audio, received_at);
  });
  if (!ticket.valid()) return false;
  if (!stream_.valid()) {
    fail(faults_.make(vendor::Fault::protocol, "sent sound that is not 16-bit mono PCM"));
    return false;
  }
  const double most = static_cast<double>(characters_) / kFewestCharactersPerSecond + kGraceSeconds;
  if (static_cast<double>(samples_) / rate_hz_ > most) {
    fail(faults_.make(vendor::Fault::protocol, "sends sound without end"));
    return false;
  }
  return true;
}

void SarvamTtsJob::end(SteadyTime received_at) {
  if (over_) return;
  over_ = true;
  release();
  report_usage();
  const auto ticket = guard_.ticket();
  stream_.finish([&](std::span<const std::int16_t> audio) { listener_.on_speech_audio(audio, received_at); });
  if (ticket.valid()) listener_.on_speech_end();
}

void SarvamTtsJob::fail(vendor::VendorError error) {
  if (over_) return;
  over_ = true;
  release();
  report_usage();
  listener_.on_speech_failed(std::move(error));
}

bool SarvamTtsJob::plausibly_whole() const {
  const double pace = std::max(settings_.pace.value_or(1), 1.0);
  return static_cast<double>(samples_) / rate_hz_ * kMostCharactersPerSecond * pace >=
         static_cast<double>(characters_);
}

void SarvamTtsJob::count(std::size_t characters, bool estimated) {
  used_ += characters;
  used_estimated_ = used_estimated_ || estimated;
}

void SarvamTtsJob::report_usage() {
  if (used_ == 0) return;
  vendor::Usage usage;
  usage.part = vendor::Part::tts;
  usage.vendor = voice_.account().vendor;
  usage.model = settings_.model;
  usage.characters = static_cast<std::int64_t>(used_);
  usage.estimated = used_estimated_;
  used_ = 0;
  observer_.on_usage(usage);
}

}  // namespace parley::speech
