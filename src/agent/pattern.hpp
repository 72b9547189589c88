// The small pattern language of script rules, as a tree. Used by the matcher in llm/ and by the grammar in
// speech/.
//
//   pattern     = sequence
//   sequence    = item { item }
//   item        = word | '*' | '{' slot '}' | '[' alternatives ']' (optional) | '(' alternatives ')'
//   alternatives = sequence { '|' sequence }
//
// Words are compared without case; apostrophes belong to words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::agent {

struct PatternNode {
  enum class Kind { word, anything, slot, sequence, alternatives, optional };
  Kind kind = Kind::sequence;
  std::string text;                   // word (lower case) or slot name
  std::vector<PatternNode> children;  // sequence, alternatives; optional has one child
};

// The root is a sequence. Errors name the column and what was expected. Nesting is limited to 16.
Result<PatternNode> parse_pattern(std::string_view text);

// Words of caller's speech as patterns compare them: lower case, punctuation gone, digits kept.
std::vector<std::string> words_of(std::string_view text);

}  // namespace parley::agent
