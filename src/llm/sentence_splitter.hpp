// Cuts a model's text, as it comes, into sentences for the voice. Pure; one for each reply.
//
// Where a sentence ends is decided by the text alone, never by how it was cut into pieces on its way here:
// what would need text not yet there is waited for, and flush() says that there is none. Abbreviations (Dr.,
// Rs., No. 5, 4 p.m.) and decimals do not end a sentence; the danda does. An empty line ends whatever there
// is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace parley::llm {

struct SplitterOptions {
  std::size_t min_chars = 12;          // a shorter sentence goes with the next one ("Hi. How are you?")
  std::size_t max_chars = 240;         // a longer one is cut at a space
  std::size_t first_clause_chars = 0;  // the very first piece may end at a comma after so many; 0: it may not
};

class SentenceSplitter {
 public:
  explicit SentenceSplitter(SplitterOptions options = {}) : options_(options) {}

  // Returns the sentences that are complete now, without white space round them; never an empty one.
  std::vector<std::string> push(std::string_view delta);
  // The end of the text: the rest. The splitter can be used for a new text afterwards.
  std::vector<std::string> flush();

 private:
  std::vector<std::string> take_all(bool at_end);
  // Length of the first sentence in the buffer with the white space after it; 0: not complete.
  std::size_t next_cut(bool at_end);

  SplitterOptions options_;
  std::string buffer_;  // begins with no white space
  // Up to scanned_ nothing ends the sentence; chars_ characters lie before it. So that no byte is looked at
  // twice however small the pieces are.
  std::size_t scanned_ = 0;
  std::size_t chars_ = 0;
  std::size_t last_space_ = 0;  // after a space, before scanned_; 0: none
  bool first_ = true;
};

}  // namespace parley::llm
