// The `pattern` of a text in the API's description: the part of regular expressions that it needs, matched in
// time linear in the text, whatever the text is. std::regex recurses once for each character and may try
// exponentially many ways; what it is run against comes from strangers.
//
// Known: literals, [classes] with ranges and ^, '.', (groups), |, and the repeats ? * + {m} {m,} {m,n}; it
// must begin with ^ and end with $. Bytes, not characters: beyond ASCII only negated classes and '.' match.
//
// Immutable after compile(): any thread.
#pragma once

#include <bitset>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::api {

class TextPattern {
 public:
  static Result<TextPattern> compile(std::string_view pattern);
  bool matches(std::string_view text) const;

 private:
  friend class PatternCompiler;
  // A Thompson machine. `next` and `other` are states; -1: none.
  struct State {
    enum class Kind { bytes, split, accept };
    Kind kind = Kind::accept;
    int next = -1;
    int other = -1;
    int bytes = -1;  // index into sets_
  };
  void add(int state, std::vector<int>& list, std::vector<unsigned>& seen, unsigned step) const;

  std::vector<State> states_;
  std::vector<std::bitset<256>> sets_;
  int start_ = -1;
};

}  // namespace parley::api
