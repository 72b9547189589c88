// How callers say digits, numbers, dates and times: the fixed JSGF rules of the slots.
#pragma once

#include <string>
#include <string_view>

#include "agent/script.hpp"

namespace parley::speech {

struct NamedRule {
  std::string_view name;
  std::string_view body;
  // Names of the rules that `body` refers to, separated by blanks.
  std::string_view uses;
};

// The rule a slot of this kind refers to; nullptr for choices, whose forms are the script's own, and for no
// such name.
const NamedRule* spoken_rule(std::string_view name);

// "digits", "number", "date", "time"; a digits slot for one digit is "digit".
std::string_view rule_of(const agent::Slot& slot);

}  // namespace parley::speech
