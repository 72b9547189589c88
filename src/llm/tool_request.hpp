// What an agent's tool sends for the arguments a model chose. Pure.
#pragma once

#include <string_view>

#include "agent/agent.hpp"
#include "base/result.hpp"
#include "net/http_client.hpp"

namespace parley::llm {

// {name} in the path or query becomes that argument, percent-encoded, so that scheme and host are the agent
// file's alone. Arguments that the address does not take go into the query (GET, DELETE) or are the JSON
// body. Errc::invalid_argument, in words for the model: arguments that are no JSON object, or one that the
// address needs and that is missing.
Result<net::ClientRequest> make_tool_request(const agent::Tool& tool, std::string_view arguments);

}  // namespace parley::llm
