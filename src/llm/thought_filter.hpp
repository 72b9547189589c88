// Keeps what a model thinks aloud inside its answer, between <think> and </think>, from being spoken: servers
// that do not part thinking from answer leave it in the text. Pure; the outcome does not depend on how the
// text was cut.
#pragma once

#include <string>
#include <string_view>

namespace parley::llm {

class ThoughtFilter {
 public:
  // What of the text so far may be spoken. Up to ten bytes are held back: they may begin a mark.
  std::string push(std::string_view delta);
  // The end of the text: what was held back.
  std::string flush();

 private:
  std::string held_;
  bool thinking_ = false;
};

}  // namespace parley::llm
