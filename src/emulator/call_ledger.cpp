#include "emulator/call_ledger.hpp"

#include <cmath>
#include <ctime>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "audio/wav.hpp"
#include "caller/load.hpp"

namespace parley::emulator {
namespace {

constexpr std::chrono::minutes kIndianStandardTime{330};
constexpr std::size_t kMostCalls = 1000;
constexpr std::size_t kMostEntries = 5000;
constexpr std::size_t kMostSoundSamples = 128UL * 1024 * 1024;
constexpr double kFullScale = 32768.0;
constexpr double kSilenceDb = -100.0;

std::tm indian_time(WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time + kIndianStandardTime);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

void EmulatedCall::note(std::string what, json::object detail) {
  if (journal.size() >= kMostEntries) return;
  journal.push_back({system_clock().wall_now(), std::move(what), std::move(detail)});
}

std::int64_t EmulatedCall::seconds() const {
  if (!started) return 0;
  const WallTime until = ended.value_or(updated);
  return std::chrono::duration_cast<std::chrono::seconds>(until - *started).count();
}

std::shared_ptr<EmulatedCall> CallLedger::open() {
  make_room();
  auto call = std::make_shared<EmulatedCall>();
  call->sid = caller::make_carrier_id();
  call->created = clock_.wall_now();
  call->updated = call->created;
  calls_.push_front(call);
  return call;
}

void CallLedger::make_room() {
  while (calls_.size() >= kMostCalls && calls_.back()->over())
    calls_.pop_back();
  std::size_t samples = 0;
  for (const auto& call : calls_) {
    for (const auto& [name, sound] : call->sounds)
      samples += sound.samples.size();
    if (samples > kMostSoundSamples && call->over()) call->sounds.clear();
  }
}

std::shared_ptr<EmulatedCall> CallLedger::find(std::string_view sid) const {
  const auto found = std::ranges::find_if(calls_, [sid](const auto& call) { return call->sid == sid; });
  return found == calls_.end() ? nullptr : *found;
}

const Sound* CallLedger::sound(std::string_view name) const {
  for (const auto& call : calls_) {
    const auto found = call->sounds.find(std::string(name));
    if (found != call->sounds.end()) return &found->second;
  }
  return nullptr;
}

std::string ist_time(WallTime time) {
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", indian_time(time));
}
std::string ist_created(WallTime time) {
  return fmt::format("{:%a, %d %b %Y %H:%M:%S}", indian_time(time));
}
std::string ist_offset_time(WallTime time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}+05:30", indian_time(time));
}

Sound one_side(const Sound& stereo, std::size_t channel) {
  Sound out{stereo.sample_rate_hz, 1, {}};
  for (std::size_t i = channel; i < stereo.samples.size(); i += 2)
    out.samples.push_back(stereo.samples[i]);
  return out;
}

Sound mixed(const Sound& stereo) {
  if (stereo.channels == 1) return stereo;
  Sound out{stereo.sample_rate_hz, 1, {}};
  for (std::size_t i = 0; i + 1 < stereo.samples.size(); i += 2) {
    const int sum = stereo.samples[i] + stereo.samples[i + 1];
    out.samples.push_back(static_cast<std::int16_t>(std::clamp(sum, -32768, 32767)));
  }
  return out;
}

double level_db(const Sound& sound, std::size_t channel) {
  const auto step = static_cast<std::size_t>(sound.channels);
  double sum = 0;
  std::size_t count = 0;
  for (std::size_t i = channel; i < sound.samples.size(); i += step, ++count)
    sum += static_cast<double>(sound.samples[i]) * sound.samples[i];
  if (count == 0 || sum <= 0) return kSilenceDb;
  return 20 * std::log10(std::sqrt(sum / static_cast<double>(count)) / kFullScale);
}

std::string wav_bytes(const Sound& sound) {
  const auto bytes = std::as_bytes(std::span(sound.samples));
  std::string out =
      audio::wav_header(sound.sample_rate_hz, sound.channels, static_cast<std::uint32_t>(bytes.size()));
  out.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  return out;
}

}  // namespace parley::emulator
