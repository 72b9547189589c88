// A recursive descent parser over code points, and the normalisation of words that patterns and speech share:
// a pattern's word goes through words_of too, so the two can never disagree about what a word is.
#include "agent/pattern.hpp"

#include <cstdint>

#include <fmt/core.h>

#include "base/ascii.hpp"

namespace parley::agent {
namespace {

constexpr std::size_t kMaxPatternBytes = 1024;
constexpr int kMaxNesting = 16;

// Reads one code point; a byte that is no UTF-8 stands for itself, so that nothing is ever skipped.
char32_t decode(std::string_view text, std::size_t& at) {
  const auto byte = [&](std::size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char lead = byte(at);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
  if (more == 0 || at + static_cast<std::size_t>(more) >= text.size()) {
    ++at;
    return lead;
  }
  char32_t code = lead & (0x3Fu >> more);
  for (int i = 1; i <= more; ++i) {
    const unsigned char next = byte(at + static_cast<std::size_t>(i));
    if ((next & 0xC0u) != 0x80u) {
      ++at;
      return lead;
    }
    code = (code << 6) | (next & 0x3Fu);
  }
  at += static_cast<std::size_t>(more) + 1;
  return code;
}

// Punctuation beyond ASCII that separates words: Latin-1 signs, general punctuation, dandas, CJK stops.
bool separates(char32_t code) {
  return (code >= 0xA0 && code <= 0xBF) || (code >= 0x2010 && code <= 0x205E) ||
         (code >= 0x2000 && code <= 0x200A) || code == 0x964 || code == 0x965 ||
         (code >= 0x3000 && code <= 0x3003);
}

// Joiners shape Indian letters and are written or left out at will.
bool is_invisible(char32_t code) {
  return (code >= 0x200B && code <= 0x200F) || code == 0xFEFF || code == 0x2060;
}

class Words {
 public:
  explicit Words(std::string_view text) : text_(text) {}

  std::vector<std::string> take() {
    std::size_t at = 0;
    while (at < text_.size()) {
      const std::size_t start = at;
      const char32_t code = decode(text_, at);
      if (code < 0x80) {
        ascii(static_cast<char>(code), start);
      } else if (code == 0x2019 || code == 0x2018) {
        apostrophe();
      } else if (code >= 0x966 && code <= 0x96F) {
        word_ += static_cast<char>('0' + (code - 0x966));
      } else if (separates(code)) {
        finish();
      } else if (!is_invisible(code)) {
        word_ += text_.substr(start, at - start);
      }
    }
    finish();
    return std::move(words_);
  }

 private:
  char next(std::size_t at) const { return at + 1 < text_.size() ? text_[at + 1] : ' '; }
  bool after_digit() const { return !word_.empty() && is_digit(word_.back()); }

  void ascii(char c, std::size_t at) {
    if (is_letter(c)) {
      word_ += static_cast<char>(c | 0x20);
    } else if (is_digit(c) || joins_digits(c, at)) {
      word_ += c;
    } else if (c == '\'') {
      apostrophe();
    } else if (!vanishes(c, at)) {
      finish();
    }
  }

  bool between_digits(std::size_t at) const { return after_digit() && is_digit(next(at)); }
  // 4:30, 2.5, 22/11, 98-76
  bool joins_digits(char c, std::size_t at) const {
    return between_digits(at) && (c == ':' || c == '.' || c == '/' || c == '-');
  }
  // 1,000 is 1000; p.m. is pm
  bool vanishes(char c, std::size_t at) const {
    if (c == ',') return between_digits(at);
    return c == '.' && word_.size() == 1 && is_letter(word_[0]) && is_letter(next(at));
  }

  void apostrophe() {
    if (!word_.empty()) word_ += '\'';
  }

  void finish() {
    while (!word_.empty() && word_.back() == '\'')
      word_.pop_back();
    if (!word_.empty()) words_.push_back(std::move(word_));
    word_.clear();
  }

  std::string_view text_;
  std::string word_;
  std::vector<std::string> words_;
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<PatternNode> parse() {
    if (text_.size() > kMaxPatternBytes)
      return fail(Errc::invalid_argument, fmt::format("pattern is longer than {} bytes", kMaxPatternBytes));
    auto root = sequence(0);
    if (!root) return root;
    if (at_ < text_.size()) return error(at_, fmt::format("unexpected '{}'", text_[at_]));
    return root;
  }

 private:
  std::unexpected<Error> error(std::size_t at, std::string_view what) const {
    std::size_t column = 1;
    for (std::size_t i = 0; i < at && i < text_.size(); ++i) {
      if ((static_cast<unsigned char>(text_[i]) & 0xC0u) != 0x80u) ++column;
    }
    return fail(Errc::invalid_argument, fmt::format("column {}: {}", column, what));
  }

  void skip_space() {
    while (at_ < text_.size() && is_space(text_[at_]))
      ++at_;
  }

  bool at_end_of_sequence() {
    skip_space();
    return at_ == text_.size() || text_[at_] == ')' || text_[at_] == ']' || text_[at_] == '|' ||
           text_[at_] == '}';
  }

  Result<PatternNode> sequence(int depth) {
    PatternNode node;
    while (!at_end_of_sequence()) {
      const auto added = item(node, depth);
      if (!added) return fail(added.error());
    }
    if (node.children.empty()) return error(at_, "expected a word, '*', '{', '[' or '('");
    return node;
  }

  Result<void> item(PatternNode& into, int depth) {
    switch (text_[at_]) {
      case '*':
        ++at_;
        into.children.push_back({PatternNode::Kind::anything, {}, {}});
        return {};
      case '{':
        return slot(into);
      case '[':
        return group(into, ']', depth);
      case '(':
        return group(into, ')', depth);
      default:
        return words(into);
    }
  }

  Result<void> slot(PatternNode& into) {
    const std::size_t open = at_++;
    skip_space();
    const std::size_t start = at_;
    while (at_ < text_.size() && (is_letter(text_[at_]) || is_digit(text_[at_]) || text_[at_] == '_'))
      ++at_;
    std::string name(text_.substr(start, at_ - start));
    skip_space();
    if (name.empty() || is_digit(name[0])) return error(start, "expected a slot's name after '{'");
    if (at_ == text_.size()) return error(open, "'{' is not closed: expected '}'");
    if (text_[at_] != '}') return error(at_, "expected '}'");
    ++at_;
    into.children.push_back({PatternNode::Kind::slot, std::move(name), {}});
    return {};
  }

  Result<void> group(PatternNode& into, char close, int depth) {
    const std::size_t open = at_++;
    if (depth + 1 > kMaxNesting)
      return error(open, fmt::format("more than {} brackets inside each other", kMaxNesting));
    PatternNode node{PatternNode::Kind::alternatives, {}, {}};
    while (true) {
      auto alternative = sequence(depth + 1);
      if (!alternative) return fail(alternative.error());
      node.children.push_back(std::move(*alternative));
      if (at_ == text_.size())
        return error(open, fmt::format("'{}' is not closed: expected '{}'", text_[open], close));
      if (text_[at_] == close) break;
      if (text_[at_] != '|') return error(at_, fmt::format("expected '|' or '{}'", close));
      ++at_;
    }
    ++at_;
    if (node.children.size() == 1) {
      PatternNode only = std::move(node.children.front());
      node = std::move(only);
    }
    if (close == ']') {
      PatternNode optional{PatternNode::Kind::optional, {}, {}};
      optional.children.push_back(std::move(node));
      node = std::move(optional);
    }
    into.children.push_back(std::move(node));
    return {};
  }

  Result<void> words(PatternNode& into) {
    constexpr std::string_view kSpecial = "*{}[]()|";
    const std::size_t start = at_;
    while (at_ < text_.size() && !is_space(text_[at_]) && kSpecial.find(text_[at_]) == std::string_view::npos)
      ++at_;
    auto found = words_of(text_.substr(start, at_ - start));
    if (found.empty())
      return error(start, fmt::format("'{}' is not a word", text_.substr(start, at_ - start)));
    for (auto& word : found)
      into.children.push_back({PatternNode::Kind::word, std::move(word), {}});
    return {};
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

Result<PatternNode> parse_pattern(std::string_view text) {
  return Parser(text).parse();
}

std::vector<std::string> words_of(std::string_view text) {
  return Words(text).take();
}

}  // namespace parley::agent
