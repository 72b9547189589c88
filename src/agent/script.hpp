// The rules of a `script` agent: a small deterministic dialogue written in the agent file. The chat model in
// llm/ interprets them; the local recogniser compiles its grammar from them, so both understand the same
// sentences.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/pattern.hpp"

namespace parley::agent {

// A piece of information heard from the caller. Spoken forms are recognised ("half past four", "the second of
// may", "nine eight seven") and normalised for the log (16:30, 2026-05-02, 987). {slot} in a text gives the
// spoken form back, of a choice its value.
enum class SlotKind { digits, number, date, time, choice };
struct Slot {
  SlotKind kind = SlotKind::choice;
  int min_digits = 1;   // digits
  int max_digits = 16;  // digits
  std::map<std::string, std::vector<std::string>>
      choices;  // choice: value -> spoken forms (the value itself included)
};

// One rule: any pattern that matches the caller's words, or any of the keys pressed, makes the agent say
// `reply`. A pattern is words, [optional words], (alternatives|in brackets), {slot} and * (any words); case
// is ignored. In a transcript it may match anywhere, with other words before and after it. The local
// recogniser's grammar is stricter: it hears a pattern as the whole utterance, and inside longer speech only
// where the pattern has a `*` (speech/grammar.hpp tells what that hears). Which rule wins is told in
// llm/script_matcher.hpp.
struct Rule {
  std::vector<std::string> patterns;
  std::vector<PatternNode>
      parsed;  // the patterns as trees, made by the file's reader; empty in a script made by hand
  std::vector<std::string> keys;  // DTMF input, exact
  std::string reply;              // may hold {slot}
  std::string go_to;              // next stage; empty: stay
  bool end_call = false;          // hang up once the reply has been heard
  bool escalate = false;          // a human is wanted
};

struct Stage {
  std::vector<Rule> rules;
  std::string fallback;  // understood nothing in this stage; empty: the script's own
};

struct Script {
  std::string first_stage = "start";
  std::map<std::string, Stage> stages;
  std::map<std::string, Slot> slots;
  std::vector<Rule> anywhere;  // tried after the stage's own rules
  std::string fallback = "Sorry, please say that again.";
  // Understood nothing this many times in a row: the escalation reply, and the escalation is requested. 0:
  // never.
  int escalate_after = 0;
  std::string escalate_reply;
};

}  // namespace parley::agent
