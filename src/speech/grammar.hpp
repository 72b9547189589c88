// What the local recogniser may hear: a JSGF grammar and a pronunciation dictionary made from the rules of a
// script, so that the recogniser and the script model understand the same sentences. Pure: no recogniser in
// here.
//
// The grammar is the union of the patterns of all stages and of `anywhere`, one rule for each distinct
// pattern.
// `*` becomes an optional polite phrase ("i would like to", "please") with a small word: a caller's real
// words there cannot be known, and dropping `*` would press the audio of "i want to" into the neighbouring
// words of the pattern. A pattern that asks for no word of its own ("*") has nothing to listen for and is
// left out.
#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "agent/script.hpp"
#include "base/result.hpp"

namespace parley::speech {

struct Grammar {
  std::string jsgf;             // one public rule, <utterance>
  std::set<std::string> words;  // every word the grammar can produce, lower case
};

// Errors: a pattern that does not parse, an unknown slot, or a script without a single word to listen for.
Result<Grammar> compile_grammar(const agent::Script& script);

// One way to say a word. Further ways are called word(2), word(3) …, as in the CMU dictionary.
struct Pronunciation {
  std::string word;
  std::string phones;  // "Y EH S"

  friend bool operator==(const Pronunciation&, const Pronunciation&) = default;
};

// All pronunciations of `words` in a dictionary in CMU's format, in the file's order. Blocking: reads the
// whole file. Errors: the file cannot be read; words it does not have (all of them are named).
Result<std::vector<Pronunciation>> cut_dictionary(const std::filesystem::path& file,
                                                  const std::set<std::string>& words);

}  // namespace parley::speech
