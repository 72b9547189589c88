#include "engine/call.hpp"

#include "engine/call_session.hpp"
#include "engine/echo_call.hpp"

namespace parley::engine {

std::unique_ptr<Call> make_call(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies) {
  if (dependencies.agent->kind == agent::AgentKind::echo) {
    return std::make_unique<EchoCall>(std::move(codec), std::move(dependencies));
  }
  return std::make_unique<CallSession>(std::move(codec), std::move(dependencies));
}

}  // namespace parley::engine
