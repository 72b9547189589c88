// The dialogue of a `script` agent as a fold over what the caller said: each entry moves the state and makes
// an answer. Nothing is kept between turns, so a reply that the caller interrupted needs no undoing. Pure.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "agent/script.hpp"
#include "llm/chat_model.hpp"
#include "llm/slot_values.hpp"

namespace parley::llm {

struct DialogueState {
  std::string stage;
  std::map<std::string, std::string> spoken;  // slots as replies say them
  int misses = 0;                             // entries in a row that matched nothing
};

struct DialogueAnswer {
  std::string reply;
  std::vector<ChatAction> actions;  // slots, stage, escalation, end: in this order
};

// Answers one entry of the caller and moves the state. A state without a stage is the call's beginning.
DialogueAnswer answer_entry(const agent::Script& script, const Message& entry, CalendarDay today,
                            DialogueState& state);

// Answers the last entry of a history, having followed the others; agent's entries are passed over.
DialogueAnswer answer_history(const agent::Script& script, std::span<const Message> history,
                              CalendarDay today);

}  // namespace parley::llm
