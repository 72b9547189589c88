#include "speech/elevenlabs/elevenlabs_tts.hpp"

#include <fmt/core.h>

#include "speech/elevenlabs/elevenlabs_job.hpp"
#include "speech/elevenlabs/elevenlabs_protocol.hpp"
#include "speech/failed_speech.hpp"
#include "speech/http_speech_job.hpp"

namespace parley::speech {
namespace {

// Less than the inactivity timeout that is asked for with the address.
constexpr std::chrono::milliseconds kMaxIdle{150'000};

}  // namespace

ElevenLabsTts::ElevenLabsTts(vendor::Account account, const Clock& clock, ElevenLabsTiming timing)
    : account_(std::move(account)),
      clock_(clock),
      timing_(timing),
      pool_({.max_idle = kMaxIdle, .keep_alive_every = {}, .keep_alive_text = {}}) {}

Result<void> ElevenLabsTts::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  if (!account_.has_key()) {
    return fail(Errc::permission_denied,
                fmt::format("{} is not set: the voices of ElevenLabs need it", account_.key_setting));
  }
  const auto voice = read_elevenlabs_voice(choice, agent ? agent->language : "");
  if (!voice) return fail(voice.error());
  return {};
}

void ElevenLabsTts::warm(const TtsRequest& request) {
  const auto voice = read_elevenlabs_voice(request.choice, request.language);
  if (!account_.has_key() || !voice) return;
  if (voice->over_http) {
    if (!account_.policy) net::http_client(request.executor).warm(account_.url);
    return;
  }
  const auto url = elevenlabs_socket_url(account_, *voice, elevenlabs_rate_hz(request.sample_rate_hz));
  if (pool_.has(request.executor, url)) return;
  pool_.put(request.executor, url, open_elevenlabs_socket(request.executor, account_, url, nullptr));
}

std::unique_ptr<TtsJob> ElevenLabsTts::start(TtsRequest request, TtsListener& listener) {
  const auto voice = read_elevenlabs_voice(request.choice, request.language);
  ElevenLabsFaults faults(account_, voice ? voice->model : request.choice.model);
  if (!account_.has_key()) return failed_speech(request.executor, listener, faults.no_key());
  if (!voice) {
    return failed_speech(request.executor, listener,
                         faults.make(vendor::Fault::bad_request, voice.error().message));
  }
  const int rate_hz = elevenlabs_rate_hz(request.sample_rate_hz);
  if (voice->over_http) {
    HttpSpeech speech{.request = elevenlabs_request(account_, *voice, rate_hz, request.text),
                      .from_hz = rate_hz,
                      .vendor = account_.vendor,
                      .model = voice->model,
                      .read_error = {}};
    speech.read_error = [faults, &clock = clock_](int status, const net::HeaderList& headers,
                                                  std::string_view body) {
      return faults.of_response(status, headers, body, clock.wall_now());
    };
    return std::make_unique<HttpSpeechJob>(request, std::move(speech), listener, clock_);
  }
  return std::make_unique<ElevenLabsJob>(
      std::move(request), listener,
      ElevenLabsJob::Dependencies{.account = account_, .clock = clock_, .pool = pool_, .timing = timing_},
      *voice, fmt::format("s{}", ++contexts_));
}

}  // namespace parley::speech
