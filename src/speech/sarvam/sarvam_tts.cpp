#include "speech/sarvam/sarvam_tts.hpp"

#include <fmt/format.h>

#include "speech/failed_speech.hpp"
#include "speech/sarvam/sarvam_tts_job.hpp"

namespace parley::speech {
namespace {

using Transport = SarvamTtsSettings::Transport;

}  // namespace

SarvamTts::SarvamTts(vendor::Account account, const Clock& clock, SarvamTtsTiming timing)
    : account_(std::move(account)),
      clock_(clock),
      timing_(timing),
      pool_({.max_idle = timing.max_idle,
             .keep_alive_every = timing.ping,
             .keep_alive_text = std::string(kSarvamTtsPing)}) {}

Result<SarvamTtsSettings> SarvamTts::read(const agent::ProviderChoice& choice, std::string_view language,
                                          int rate) const {
  auto settings = read_sarvam_tts(choice, language, rate);
  if (settings && !account_.has_key())
    return fail(Errc::permission_denied,
                fmt::format("{} is not set: it is needed to speak with sarvam", account_.key_setting));
  return settings;
}

Result<void> SarvamTts::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  const auto settings = read(choice, agent->language, 8000);
  if (!settings) return fail(settings.error());
  return {};
}

void SarvamTts::warm(const TtsRequest& request) {
  const auto settings = read(request.choice, request.language, request.sample_rate_hz);
  if (!settings) return;
  if (settings->transport == Transport::websocket) {
    open_spare(request.executor, *settings);
  } else {
    if (!account_.policy) net::http_client(request.executor).warm(account_.url);
  }
}

std::unique_ptr<TtsJob> SarvamTts::start(TtsRequest request, TtsListener& listener) {
  auto settings = read(request.choice, request.language, request.sample_rate_hz);
  if (!settings) {
    const SarvamFaults faults(account_, request.choice.model);
    const bool key = settings.error().code == Errc::permission_denied;
    return failed_speech(
        request.executor, listener,
        faults.make(key ? vendor::Fault::bad_key : vendor::Fault::bad_request, settings.error().message));
  }
  const bool socket = settings->transport == Transport::websocket;
  return socket ? make_sarvam_socket_job(*this, std::move(*settings), std::move(request), listener)
                : make_sarvam_http_job(*this, std::move(*settings), std::move(request), listener);
}

std::unique_ptr<vendor::ClientSocket> SarvamTts::pooled_socket(async::Executor executor,
                                                               const SarvamTtsSettings& settings,
                                                               vendor::ClientSocketListener& listener) {
  return pool_.take(executor, sarvam_tts_target(settings), listener);
}

std::unique_ptr<vendor::ClientSocket> SarvamTts::new_socket(async::Executor executor,
                                                            const SarvamTtsSettings& settings,
                                                            vendor::ClientSocketListener* listener) {
  return vendor::open_client_socket(executor,
                                    {.url = account_.websocket_url() + sarvam_tts_target(settings),
                                     .headers = {{std::string(kSarvamKeyHeader), account_.key}},
                                     .policy = account_.policy,
                                     .subprotocol = {},
                                     .connect_deadline = timing_.connect},
                                    listener);
}

void SarvamTts::give_back(async::Executor executor, const SarvamTtsSettings& settings,
                          std::unique_ptr<vendor::ClientSocket> socket) {
  pool_.put(executor, sarvam_tts_target(settings), std::move(socket));
}

void SarvamTts::open_spare(async::Executor executor, const SarvamTtsSettings& settings) {
  const auto key = sarvam_tts_target(settings);
  if (!pool_.has(executor, key)) pool_.put(executor, key, new_socket(executor, settings, nullptr));
}

}  // namespace parley::speech
