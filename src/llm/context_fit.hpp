// Keeps a request within the tokens an agent allows, before the vendor is asked. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "llm/chat_model.hpp"

namespace parley::llm {

// Our own count (vendor::estimate_tokens) of what a model reads, each entry's overhead included.
std::int64_t estimate_tokens(const Message& entry);
std::int64_t estimate_input(std::string_view prompt, std::span<const ToolSpec> tools,
                            std::span<const Message> history);

// Leaves out the oldest entries until prompt, tools and history fit into `max_tokens`; what is left begins
// with a caller's entry if it was cut at all. Prompt, tools and everything from the caller's last entry on
// are never left out. Errc::invalid_argument: these alone are too much; the message names option
// max_context_tokens.
Result<std::vector<Message>> fit_context(std::string_view prompt, std::span<const ToolSpec> tools,
                                         std::vector<Message> history, std::int64_t max_tokens);

}  // namespace parley::llm
