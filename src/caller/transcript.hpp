// What the server says was spoken, when it tells (transcript_poller.hpp): the sound alone carries no words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace parley::caller {

struct TranscriptLine {
  bool agent = false;  // otherwise the caller
  std::string text;
  bool final = false;
  bool interrupted = false;
};

enum class TranscriptState {
  unknown,  // not asked yet
  available,
  unavailable,  // this server tells none
};

struct Transcript {
  TranscriptState state = TranscriptState::unknown;
  std::vector<TranscriptLine> lines;
};

// `line` contains the words of `words` in their order, whatever the case, punctuation and spaces.
bool contains_words(std::string_view line, std::string_view words);

}  // namespace parley::caller
