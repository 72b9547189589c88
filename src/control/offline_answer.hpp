// What an agent answers to a recording: its chat model asked once, with everything the caller has said.
#pragma once

#include <chrono>
#include <string>

#include "async/task.hpp"
#include "control/agent_directory.hpp"

namespace parley::control {

// `agent`: of `ready`, with the call's values filled in. Actions of the model (stages, tools) are not carried
// out: there is no call any more. Errc::timeout after `patience`; unavailable: the model failed, with its
// reason; protocol: it said nothing. Await it on `executor` only.
async::Task<Result<std::string>> ask_once(async::Executor executor, ReadyAgentPtr ready,
                                          agent::AgentPtr agent, std::string call_id, std::string words,
                                          std::chrono::milliseconds patience = std::chrono::minutes(2));

}  // namespace parley::control
