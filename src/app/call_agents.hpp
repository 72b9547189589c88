// Which agent answers a stream that has started.
#pragma once

#include <string>

#include "control/agent_directory.hpp"
#include "engine/deferred_call.hpp"

namespace parley::app {

// By the phone_id of the address and the number called; a parameter `agent` of the carrier's flow names
// another published agent of the same workspace. A name that nobody has is logged, and the number's own agent
// answers: a slip in a flow is no reason to turn a caller away. The directory outlives it.
engine::ChooseAgent choose_by(const control::AgentDirectory& directory, std::string phone_id);

}  // namespace parley::app
