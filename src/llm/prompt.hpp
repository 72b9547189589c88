// What language models are told besides the history: the agent's prompt, what it means to be on the phone,
// and how a caller's entry that is no speech looks. Pure.
#pragma once

#include <string>
#include <string_view>

#include "llm/chat_model.hpp"

namespace parley::llm {

// The agent's prompt and a paragraph about being heard on a phone, which names the marks below. The same for
// every turn of an agent, so that vendors can keep it in their prompt caches.
std::string system_prompt(const agent::Agent& agent);

// A caller's entry as a model reads it: the words, "[keys: 12]" or "[not understood]". Never empty.
std::string caller_text(const Message& entry);

// As a caller's entry, where a vendor wants the conversation to begin with one.
inline constexpr std::string_view kCallBegins = "[the call begins]";
// As a caller's entry, when another model broke off in the middle of its answer.
inline constexpr std::string_view kGoOn = "[go on]";

// The history ends with what an agent said, without tools: the reply goes on in the middle.
bool goes_on(const ChatRequest& request);

}  // namespace parley::llm
