#include "caller/caller_voice.hpp"

#include <mutex>

#include <flite/flite.h>

#include "audio/resampler.hpp"
#include "audio/wav.hpp"

extern "C" {
cst_voice* register_cmu_us_slt(const char*);
cst_voice* register_cmu_us_rms(const char*);
cst_voice* register_cmu_us_awb(const char*);
cst_voice* register_cmu_us_kal16(const char*);
}

namespace parley::caller {
namespace {

std::vector<std::int16_t> resampled(std::span<const std::int16_t> samples, int from_hz, int to_hz) {
  audio::Resampler resampler(from_hz, to_hz);
  std::vector<std::int16_t> out;
  resampler.process(samples, out);
  resampler.flush(out);
  return out;
}

cst_voice* find_voice(std::string_view name) {
  static std::once_flag once;
  std::call_once(once, [] { flite_init(); });
  if (name == "slt") return register_cmu_us_slt(nullptr);
  if (name == "rms") return register_cmu_us_rms(nullptr);
  if (name == "awb") return register_cmu_us_awb(nullptr);
  if (name == "kal16") return register_cmu_us_kal16(nullptr);
  return nullptr;
}

Result<std::vector<std::int16_t>> speak(cst_voice* voice, const std::string& text, int sample_rate_hz) {
  const std::unique_ptr<cst_wave, decltype(&delete_wave)> wave(flite_text_to_wave(text.c_str(), voice),
                                                               &delete_wave);
  if (!wave || wave->num_samples <= 0) return fail(Errc::internal, "the voice could not speak this text");
  const std::span samples(wave->samples, static_cast<std::size_t>(wave->num_samples));
  return resampled(samples, wave->sample_rate, sample_rate_hz);
}

}  // namespace

Result<Voice> flite_voice(std::string_view name) {
  cst_voice* const voice = find_voice(name);
  if (voice == nullptr) {
    return fail(Errc::not_found, fmt::format("no voice '{}'; there are slt, rms, awb and kal16", name));
  }
  return Voice([voice](const std::string& text, int rate) { return speak(voice, text, rate); });
}

Result<std::vector<std::int16_t>> read_sound(const std::filesystem::path& file, int sample_rate_hz) {
  const auto wav = audio::read_wav(file);
  if (!wav) return fail(wav.error());
  if (wav->channels < 1 || wav->sample_rate_hz < 8000 || wav->sample_rate_hz > 48'000) {
    return fail(Errc::invalid_argument,
                fmt::format("{} has {} Hz; 8000 to 48000 can be played", file.string(), wav->sample_rate_hz));
  }
  const auto channels = static_cast<std::size_t>(wav->channels);
  std::vector<std::int16_t> mono(wav->samples.size() / channels);
  for (std::size_t i = 0; i < mono.size(); ++i) {
    int sum = 0;
    for (std::size_t channel = 0; channel < channels; ++channel)
      sum += wav->samples[i * channels + channel];
    mono[i] = static_cast<std::int16_t>(sum / wav->channels);
  }
  return resampled(mono, wav->sample_rate_hz, sample_rate_hz);
}

Result<std::shared_ptr<const PreparedScript>> prepare_script(const CallerScript& script,
                                                             const std::filesystem::path& folder,
                                                             int sample_rate_hz, const Voice& voice) {
  auto prepared = std::make_shared<PreparedScript>();
  for (const ScriptStep& step : script) {
    Result<std::vector<std::int16_t>> sound;
    if (const auto* say = std::get_if<SayStep>(&step.action)) {
      sound = voice(say->text, sample_rate_hz);
    } else if (const auto* interrupt = std::get_if<InterruptStep>(&step.action)) {
      sound = voice(interrupt->text, sample_rate_hz);
    } else if (const auto* play = std::get_if<PlayStep>(&step.action)) {
      sound = read_sound(folder / play->file, sample_rate_hz);
    }
    if (!sound) {
      return fail(sound.error().code, step.line > 0
                                          ? fmt::format("line {}: {}", step.line, sound.error().message)
                                          : sound.error().message);
    }
    prepared->push_back({step.line, step.action, *std::move(sound)});
  }
  return std::shared_ptr<const PreparedScript>(std::move(prepared));
}

}  // namespace parley::caller
