#include "speech/deepgram/spoken_words.hpp"

#include "vendor/json.hpp"

namespace parley::speech::deepgram {
namespace {

constexpr std::size_t kMostWords = 10'000;
constexpr std::size_t kMostText = std::size_t{64} * 1024;

}  // namespace

std::vector<SpokenWord> read_words(const boost::json::object& object) {
  std::vector<SpokenWord> words;
  const auto* list = vendor::array_member(object, "words");
  if (list == nullptr) return words;
  for (const auto& item : *list) {
    const auto* word = item.if_object();
    if (word == nullptr) continue;
    auto text = vendor::string_member(*word, "punctuated_word");
    if (text.empty()) text = vendor::string_member(*word, "word");
    if (text.empty()) continue;
    const auto start = vendor::number_member(*word, "start");
    const auto end = vendor::number_member(*word, "end");
    SpokenWord spoken{.text = std::string(text), .middle_s = std::nullopt};
    if (start && end) spoken.middle_s = (*start + *end) / 2;
    words.push_back(std::move(spoken));
    if (words.size() == kMostWords) break;
  }
  return words;
}

bool have_times(const std::vector<SpokenWord>& words) {
  for (const auto& word : words)
    if (!word.middle_s) return false;
  return !words.empty();
}

std::string words_between(const std::vector<SpokenWord>& words, double from_s, double to_s) {
  std::string text;
  for (const auto& word : words)
    if (word.middle_s && *word.middle_s >= from_s && *word.middle_s < to_s) append_text(text, word.text);
  return text;
}

std::string words_after(const std::vector<SpokenWord>& words, std::size_t skip) {
  std::string text;
  for (auto at = skip; at < words.size(); ++at)
    append_text(text, words[at].text);
  return text;
}

std::vector<SpokenWord> split_words(std::string_view text) {
  std::vector<SpokenWord> words;
  while (!text.empty() && words.size() < kMostWords) {
    const auto space = text.find(' ');
    if (space != 0) words.push_back({.text = std::string(text.substr(0, space)), .middle_s = std::nullopt});
    if (space == std::string_view::npos) break;
    text.remove_prefix(space + 1);
  }
  return words;
}

void append_text(std::string& text, std::string_view more) {
  while (!more.empty() && more.front() == ' ')
    more.remove_prefix(1);
  while (!more.empty() && more.back() == ' ')
    more.remove_suffix(1);
  if (more.empty() || text.size() + more.size() + 1 > kMostText) return;
  if (!text.empty()) text += ' ';
  text += more;
}

}  // namespace parley::speech::deepgram
