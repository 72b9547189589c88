// Which rule of a script answers what the caller said. Pure.
//
// A pattern may match any unbroken run of the caller's words, so "well i want to book a visit please" is
// found by "book [a] visit". Among all rules the one that matches most words wins: words of the pattern and
// words that filled its slots count, words passed over by * do not. Of equals the stage's own rules come
// before those of `anywhere`, and earlier before later. A pattern of * alone counts nothing and so catches
// what no other rule wanted.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/script.hpp"
#include "llm/slot_values.hpp"

namespace parley::llm {

struct FilledSlot {
  std::string name;
  std::string spoken;  // what a reply says for {name}
  std::string value;   // normalised, for the log

  friend bool operator==(const FilledSlot&, const FilledSlot&) = default;
};

struct RuleMatch {
  const agent::Rule* rule = nullptr;
  int words = 0;
  // Of the pattern that matched, and what the rule's other patterns name if it stands elsewhere in the same
  // sentence: "at four, on the second of may" fills both for a rule with "{date}" and "{date} at {time}".
  std::vector<FilledSlot> slots;
};

// Words beyond the 64th are not looked at. `stage` may be null. The rule lives in the script.
std::optional<RuleMatch> match_words(const agent::Script& script, const agent::Stage* stage,
                                     const std::vector<std::string>& words, CalendarDay today);

// Keys first match a rule's keys exactly; else, as a sentence of digits, its patterns.
std::optional<RuleMatch> match_keys(const agent::Script& script, const agent::Stage* stage,
                                    std::string_view keys, CalendarDay today);

}  // namespace parley::llm
