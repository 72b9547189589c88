// How long the sound of a sentence can be at all: what is shorter was cut off, what is longer has no end.
// Pure.
#pragma once

#include <string_view>

namespace parley::speech {

// No voice speaks so fast: it was cut off, however politely it ended.
bool ends_too_early(std::string_view text, double seconds);
// Nor so slowly, pauses and long numbers included.
bool has_no_end(std::string_view text, double seconds);

}  // namespace parley::speech
