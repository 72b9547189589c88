#include "realtime/openai/openai_realtime.hpp"

#include <fmt/format.h>

#include "realtime/openai/openai_realtime_session.hpp"

namespace parley::realtime {

Result<void> OpenAiRealtime::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) {
  if (!account_.has_key()) {
    return fail(Errc::permission_denied,
                fmt::format("there is no key: set {} to use {}", account_.key_setting, account_.vendor));
  }
  auto options = read_realtime_options(choice, agent->language, 8000);
  if (!options) return fail(options.error());
  return {};
}

Result<std::unique_ptr<VoiceSession>> OpenAiRealtime::open(VoiceRequest request,
                                                           VoiceSessionListener& listener) {
  auto options = read_realtime_options(request.choice, request.agent->language, request.sample_rate_hz);
  if (!options) return fail(options.error());
  return std::make_unique<OpenAiRealtimeSession>(account_, clock_, tools_, std::move(request),
                                                 std::move(*options), listener);
}

}  // namespace parley::realtime
