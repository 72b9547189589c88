#include "engine/call.hpp"

#include "engine/call_session.hpp"
#include "engine/echo_call.hpp"

namespace parley::engine {
namespace {

constexpr std::size_t kMostReasonBytes = 300;
constexpr std::size_t kMostTargetBytes = 200;
constexpr std::size_t kMostWordsBytes = 2000;

}  // namespace

Result<void> check_hang_up(std::string_view reason) {
  if (reason.size() > kMostReasonBytes) return fail(Errc::invalid_argument, "the reason is too long");
  return {};
}

Result<void> check_transfer(std::string_view to, std::string_view say, bool may_be_nobody) {
  if (to.empty() && !may_be_nobody)
    return fail(Errc::invalid_argument, "a transfer needs somebody to transfer to");
  if (to.size() > kMostTargetBytes) return fail(Errc::invalid_argument, "the transfer's target is too long");
  if (say.size() > kMostWordsBytes) return fail(Errc::invalid_argument, "the words to say are too long");
  return {};
}

std::unique_ptr<Call> make_call(std::unique_ptr<media::MediaCodec> codec, CallDependencies dependencies) {
  if (dependencies.agent->kind == agent::AgentKind::echo) {
    return std::make_unique<EchoCall>(std::move(codec), std::move(dependencies));
  }
  return std::make_unique<CallSession>(std::move(codec), std::move(dependencies));
}

}  // namespace parley::engine
