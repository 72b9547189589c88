#include "llm/prompt.hpp"

#include <fmt/format.h>

namespace parley::llm {

std::string system_prompt(const agent::Agent& agent) {
  std::string prompt = agent.prompt;
  if (!prompt.empty()) prompt += "\n\n";
  prompt += fmt::format(
      "You are on a phone call: everything you write is spoken aloud to the caller, as you write it. Write "
      "plain "
      "spoken sentences, short ones, one thought at a time; no lists, headings, markup, emoji, links or "
      "stage "
      "directions. Write numbers, dates and times the way people say them. Speak the language {} unless the "
      "caller "
      "speaks another one. The caller's words come from a speech recogniser and may hold mistakes. "
      "\"[keys: 12]\" means that the caller pressed these keys of the phone. \"[not understood]\" means that "
      "the "
      "caller said something that was not understood: ask to hear it again. \"{}\" means that your last "
      "words were "
      "cut off: continue exactly behind them and repeat nothing. \"{}\" stands before the caller's first "
      "words. "
      "Never write such marks yourself.",
      agent.language, kGoOn, kCallBegins);
  return prompt;
}

std::string caller_text(const Message& entry) {
  if (entry.kind == InputKind::dtmf) return fmt::format("[keys: {}]", entry.text);
  // Vendors refuse empty entries.
  const bool silent = entry.text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (entry.kind == InputKind::not_understood || silent) return "[not understood]";
  return entry.text;
}

bool goes_on(const ChatRequest& request) {
  return !request.history.empty() && request.history.back().role == Role::agent &&
         request.history.back().tools.empty();
}

}  // namespace parley::llm
