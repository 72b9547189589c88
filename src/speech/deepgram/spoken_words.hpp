// Words with their times, as both of Deepgram's live recognisers give them, and the text of a part of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/object.hpp>

namespace parley::speech::deepgram {

struct SpokenWord {
  std::string text;  // with punctuation where there is some
  std::optional<double> middle_s;
};

// The `words` of an object; at most 10 000 of them, what is no word is left out.
std::vector<SpokenWord> read_words(const boost::json::object& object);
bool have_times(const std::vector<SpokenWord>& words);

// Words whose middle lies in [from_s, to_s).
std::string words_between(const std::vector<SpokenWord>& words, double from_s, double to_s);
// All but the first `skip`.
std::string words_after(const std::vector<SpokenWord>& words, std::size_t skip);
// The text's own words, without times: for answers that carry no list.
std::vector<SpokenWord> split_words(std::string_view text);

// Appends with a space between; past 64 KiB nothing is taken any more, so that a recogniser without end fills
// no memory.
void append_text(std::string& text, std::string_view more);

}  // namespace parley::speech::deepgram
