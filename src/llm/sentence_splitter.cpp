#include "llm/sentence_splitter.hpp"

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/valid_text.hpp"

namespace parley::llm {
namespace {

bool is_capital(char c) {
  return c >= 'A' && c <= 'Z';
}

constexpr std::array<std::string_view, 12> kTitles = {"dr",  "mr",   "mrs", "ms", "prof", "st",
                                                      "smt", "shri", "rs",  "vs", "e.g",  "i.e"};
// These end a sentence or do not, as what follows tells.
constexpr std::array<std::string_view, 6> kMaybe = {"no", "a.m", "p.m", "etc", "jr", "sr"};

enum class Answer { yes, no, wait };

// How many bytes of a sentence's end mark begin here: . ! ? … । ॥ ; 0: none.
std::size_t end_mark(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '.' || c == '!' || c == '?') return 1;
  const std::string_view rest = text.substr(at, 3);
  return rest == "।" || rest == "॥" || rest == "…" ? 3 : 0;
}

// Closing quotes and brackets belong to the sentence before them.
std::size_t closing_mark(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (c == '"' || c == '\'' || c == ')' || c == ']') return 1;
  const std::string_view rest = text.substr(at, 3);
  return rest == "”" || rest == "’" ? 3 : 0;
}

// The text may go on inside a character of three bytes that the marks above are made of.
bool cut_character(std::string_view text, std::size_t at) {
  return text.size() - at < 3 && (text[at] == '\xE0' || text[at] == '\xE2');
}

std::string lower_word_before(std::string_view text, std::size_t end) {
  std::size_t from = end;
  while (from > 0 && (is_letter(text[from - 1]) || text[from - 1] == '.'))
    --from;
  std::string word(text.substr(from, end - from));
  for (char& c : word) {
    if (is_capital(c)) c = static_cast<char>(c | 0x20);
  }
  return word;
}

// Does the full stop at `at`, with white space behind it, end the sentence?
Answer stop_ends(std::string_view text, std::size_t at, bool at_end) {
  const std::string word = lower_word_before(text, at);
  if (std::ranges::find(kTitles, word) != kTitles.end()) return Answer::no;
  if (word.size() == 1 && is_capital(text[at - 1]) && word != "i") return Answer::no;  // an initial
  const bool list_number = at > 0 && std::ranges::all_of(text.substr(0, at), is_digit);
  if (list_number) return Answer::no;
  if (std::ranges::find(kMaybe, word) == kMaybe.end()) return Answer::yes;
  std::size_t next = at + 1;
  while (next < text.size() && is_space(text[next]))
    ++next;
  if (next == text.size()) return at_end ? Answer::yes : Answer::wait;
  if (word == "no") return is_digit(text[next]) ? Answer::no : Answer::yes;
  return is_capital(text[next]) || static_cast<unsigned char>(text[next]) >= 0x80 ? Answer::yes : Answer::no;
}

}  // namespace

std::vector<std::string> SentenceSplitter::push(std::string_view delta) {
  buffer_ += delta;
  return take_all(false);
}

std::vector<std::string> SentenceSplitter::flush() {
  auto sentences = take_all(true);
  if (const auto rest = trimmed(buffer_); !rest.empty()) sentences.emplace_back(rest);
  *this = SentenceSplitter(options_);
  return sentences;
}

std::vector<std::string> SentenceSplitter::take_all(bool at_end) {
  std::vector<std::string> sentences;
  while (true) {
    if (scanned_ == 0) {
      const auto begin = std::min(buffer_.find_first_not_of(" \t\r\n"), buffer_.size());
      buffer_.erase(0, begin);
    }
    const std::size_t cut = next_cut(at_end);
    if (cut == 0) return sentences;
    sentences.emplace_back(trimmed(std::string_view(buffer_).substr(0, cut)));
    buffer_.erase(0, cut);
    scanned_ = chars_ = last_space_ = 0;
    first_ = false;
  }
}

std::size_t SentenceSplitter::next_cut(bool at_end) {
  const std::string_view text = buffer_;
  while (scanned_ < text.size()) {
    const std::size_t at = scanned_;
    const char c = text[at];
    if (!at_end && cut_character(text, at)) return 0;

    if (const std::size_t mark = end_mark(text, at); mark > 0) {
      std::size_t end = at;
      bool only_stops = true;
      // "...", "?!" and a closing quote go with the first mark.
      while (end < text.size()) {
        if (!at_end && cut_character(text, end)) return 0;
        const std::size_t more = std::max(end_mark(text, end), end > at ? closing_mark(text, end) : 0);
        if (more == 0) break;
        only_stops = only_stops && text[end] == '.';
        end += more;
      }
      if (end == text.size() && !at_end) return 0;
      const bool space_follows = end == text.size() || is_space(text[end]);
      Answer ends = space_follows || !only_stops ? Answer::yes : Answer::no;
      if (only_stops && space_follows && end == at + 1) ends = stop_ends(text, at, at_end);
      if (ends == Answer::wait) return 0;
      const auto marks = text.substr(at, end - at);
      chars_ += static_cast<std::size_t>(std::ranges::count_if(marks, begins_character));
      scanned_ = end;
      if (ends == Answer::yes && chars_ >= options_.min_chars) return end;
      continue;
    }

    ++scanned_;
    if (begins_character(c)) ++chars_;
    // An empty line ends even a short one: whoever writes it has nothing to add for now.
    if (c == '\n' && (chars_ > options_.min_chars || text[at - 1] == '\n')) return scanned_;
    if (is_space(c)) {
      last_space_ = scanned_;
      const char before = text[at - 1];
      const bool clause = before == ',' || before == ';' || before == ':';
      if (clause && first_ && options_.first_clause_chars > 0 && chars_ > options_.first_clause_chars)
        return scanned_;
    }
    if (chars_ > options_.max_chars && last_space_ > 0) return last_space_;
  }
  return 0;
}

}  // namespace parley::llm
