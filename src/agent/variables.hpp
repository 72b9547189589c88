// Values of one call in an agent's texts: {{name}} and {{name|what stands there without one}}, in the first
// message, the prompt, fixed sentences, the transfer's words and a script's replies. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/agent.hpp"

namespace parley::agent {

// A name is [A-Za-z_][A-Za-z0-9_.-]*, spaces around it and the bar do not matter. A name without a value and
// without a fallback becomes nothing. Braces that are no placeholder stay as they are; what a value holds is
// never looked through again. Control characters of values become spaces; each is cut at 1,000 bytes, at a
// character's end.
std::string fill_in(std::string_view text, const std::map<std::string, std::string>& variables);

// The names that an agent's texts ask for, sorted, each once.
std::vector<std::string> variables_of(const Agent& agent);

// The agent with its texts filled in and `personal` set; itself when it has no placeholder.
// Numbers of a transfer that are none once their values are in them are left out. Braces of a value are round
// ones in a script's texts, where {slot} is replaced later.
AgentPtr with_variables(const AgentPtr& agent, const std::map<std::string, std::string>& variables);

// Digits, perhaps with a + in front and with spaces between: without those. nullopt: no number.
std::optional<std::string> number_to_dial(std::string_view text);

}  // namespace parley::agent
