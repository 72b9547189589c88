#include "storage/call_log/search_text.hpp"

#include "base/valid_text.hpp"

namespace parley::storage::call_log {
namespace {

constexpr std::size_t kWordBytes = 100;

bool is_ascii_word(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// Punctuation beyond ASCII that people type or paste: a word made of it alone would match nothing. The
// joiners U+200C and U+200D belong to Indian scripts, but the indexes take them for a gap as well.
bool parts_words(char32_t c) {
  return (c >= 0x80 && c <= 0xBF && c != 0xAA && c != 0xB5 && c != 0xBA) || c == 0xD7 || c == 0xF7 ||
         (c >= 0x2000 && c <= 0x206F) || (c >= 0x20A0 && c <= 0x20BF) || (c >= 0x2100 && c <= 0x2BFF) ||
         (c >= 0x3000 && c <= 0x3003) || (c >= 0x3008 && c <= 0x3020) || c == 0x964 || c == 0x965 ||
         c == 0xFFFD || c == 0xFEFF || (c >= 0xFF01 && c <= 0xFF0F) || c >= 0x1F000;
}

// `text` is valid UTF-8; moves `at` behind the character.
char32_t next_character(std::string_view text, std::size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  if (first < 0x80) return first;
  const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : 1;
  char32_t c = first & (0x3F >> more);
  for (int i = 0; i < more && at < text.size(); ++i)
    c = (c << 6) | (static_cast<unsigned char>(text[at++]) & 0x3F);
  return c;
}

}  // namespace

std::vector<std::string> words_of(std::string_view input) {
  const std::string text = valid_text(input);
  std::vector<std::string> words;
  std::string word;
  const auto finish = [&] {
    if (!word.empty() && words.size() < kWordLimit) words.push_back(word);
    word.clear();
  };
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_character(text, at);
    if (c < 0x80 ? !is_ascii_word(static_cast<unsigned char>(c)) : parts_words(c)) {
      finish();
    } else if (word.size() + (at - begin) <= kWordBytes) {
      word.append(text, begin, at - begin);
    }
  }
  finish();
  return words;
}

std::string search_expression(std::string_view text, sql::Dialect dialect) {
  const std::vector<std::string> words = words_of(text);
  std::string out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool last = i + 1 == words.size();
    // Words have neither quotes nor operators in them; the quotes make AND and NEAR words too.
    if (dialect == sql::Dialect::sqlite) {
      out += (i > 0 ? " AND \"" : "\"") + words[i] + (last ? "\" *" : "\"");
    } else {
      out += (i > 0 ? " & '" : "'") + words[i] + (last ? "':*" : "'");
    }
  }
  return out;
}

}  // namespace parley::storage::call_log
