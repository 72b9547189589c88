// A recursive descent parser builds a small tree, which is laid out as states from the end to the beginning:
// every piece is told the state that follows it.
#include "api/text_pattern.hpp"

#include <memory>
#include <string>

#include <fmt/core.h>

namespace parley::api {
namespace {

constexpr std::size_t kMaxPattern = 500;
constexpr int kMaxRepeat = 200;
constexpr std::size_t kMaxStates = 5000;
constexpr int kMaxNesting = 8;

using Bytes = std::bitset<256>;

struct Piece {
  enum class Kind { bytes, sequence, alternatives, repeat };
  Kind kind = Kind::sequence;
  Bytes bytes{};
  std::vector<Piece> children{};
  int least = 1;
  int most = 1;  // -1: no end
};

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  bool parse(Piece& root) { return alternatives(root, 0) && at_ == text_.size(); }
  std::size_t at() const { return at_; }

 private:
  bool done() const { return at_ >= text_.size(); }
  bool eat(char wanted) {
    if (done() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }

  bool alternatives(Piece& out, int depth) {
    if (depth > kMaxNesting) return false;
    out.kind = Piece::Kind::alternatives;
    do {
      Piece sequence;
      while (!done() && text_[at_] != '|' && text_[at_] != ')') {
        if (!repeated(sequence.children.emplace_back(), depth)) return false;
      }
      out.children.push_back(std::move(sequence));
    } while (eat('|'));
    return true;
  }

  bool repeated(Piece& out, int depth) {
    Piece piece;
    if (!single(piece, depth)) return false;
    int least = 1;
    int most = 1;
    if (eat('?')) {
      least = 0;
    } else if (eat('*')) {
      least = 0;
      most = -1;
    } else if (eat('+')) {
      most = -1;
    } else if (eat('{')) {
      if (!number(least)) return false;
      most = least;
      if (eat(',')) {
        most = -1;
        if (!done() && text_[at_] != '}' && (!number(most) || most < least)) return false;
      }
      if (!eat('}')) return false;
    } else {
      out = std::move(piece);
      return true;
    }
    out.kind = Piece::Kind::repeat;
    out.least = least;
    out.most = most;
    out.children.push_back(std::move(piece));
    return true;
  }

  bool number(int& out) {
    const std::size_t begin = at_;
    out = 0;
    while (!done() && text_[at_] >= '0' && text_[at_] <= '9' && out <= kMaxRepeat)
      out = out * 10 + (text_[at_++] - '0');
    return at_ > begin && out <= kMaxRepeat;
  }

  bool single(Piece& out, int depth) {
    const char c = text_[at_++];
    if (c == '(') {
      if (text_.substr(at_).starts_with("?:")) at_ += 2;
      return alternatives(out, depth + 1) && eat(')');
    }
    out.kind = Piece::Kind::bytes;
    if (c == '[') return byte_class(out.bytes);
    if (c == '.') {
      out.bytes.set();
      out.bytes.reset('\n');
      return true;
    }
    if (c == '\\') return escape(out.bytes);
    if (std::string_view("?*+{}]^$").find(c) != std::string_view::npos) return false;
    out.bytes.set(static_cast<unsigned char>(c));
    return true;
  }

  bool escape(Bytes& out) {
    if (done()) return false;
    const char c = text_[at_++];
    if (c == 'd') {
      for (char digit = '0'; digit <= '9'; ++digit)
        out.set(static_cast<unsigned char>(digit));
      return true;
    }
    // Letters would be classes and anchors of other dialects.
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9')) return false;
    out.set(static_cast<unsigned char>(c));
    return true;
  }

  bool byte_class(Bytes& out) {
    const bool negated = eat('^');
    while (!done() && text_[at_] != ']') {
      const char first = text_[at_++];
      if (first == '\\') {
        if (!escape(out)) return false;
        continue;
      }
      char last = first;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        last = text_[at_ + 1];
        at_ += 2;
      }
      const auto low = static_cast<unsigned char>(first);
      const auto high = static_cast<unsigned char>(last);
      if (low > high || high >= 128) return false;
      for (unsigned byte = low; byte <= high; ++byte)
        out.set(byte);
    }
    if (negated) out.flip();
    return eat(']');
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

class PatternCompiler {
 public:
  explicit PatternCompiler(TextPattern& out) : out_(out) {}

  // The state where `piece` begins when `next` follows it; -1: too many states.
  int lay(const Piece& piece, int next) {
    if (next < 0 || out_.states_.size() > kMaxStates) return -1;
    switch (piece.kind) {
      case Piece::Kind::bytes:
        out_.sets_.push_back(piece.bytes);
        return state({TextPattern::State::Kind::bytes, next, -1, static_cast<int>(out_.sets_.size()) - 1});
      case Piece::Kind::sequence:
        for (auto child = piece.children.rbegin(); child != piece.children.rend(); ++child)
          next = lay(*child, next);
        return next;
      case Piece::Kind::alternatives: {
        int begin = lay(piece.children.back(), next);
        for (std::size_t i = piece.children.size() - 1; i-- > 0;)
          begin = split(lay(piece.children[i], next), begin);
        return begin;
      }
      case Piece::Kind::repeat:
        return lay_repeat(piece, next);
    }
    return -1;
  }

  int accept() { return state({}); }

 private:
  int lay_repeat(const Piece& piece, int next) {
    const Piece& child = piece.children.front();
    int begin = next;
    if (piece.most < 0) {
      const int loop = split(-1, next);
      const int body = lay(child, loop);
      if (body < 0) return -1;
      out_.states_[static_cast<std::size_t>(loop)].next = body;
      begin = loop;
    }
    for (int i = piece.least; i < piece.most; ++i)
      begin = split(lay(child, begin), next);
    for (int i = 0; i < piece.least; ++i)
      begin = lay(child, begin);
    return begin;
  }

  int split(int next, int other) { return state({TextPattern::State::Kind::split, next, other, -1}); }
  int state(TextPattern::State made) {
    out_.states_.push_back(made);
    return static_cast<int>(out_.states_.size()) - 1;
  }

  TextPattern& out_;
};

Result<TextPattern> TextPattern::compile(std::string_view pattern) {
  const auto refuse = [&](std::string_view why) {
    return fail(Errc::invalid_argument, fmt::format("the pattern {} {}", pattern, why));
  };
  if (pattern.size() > kMaxPattern) return refuse("is too long");
  if (pattern.size() < 2 || !pattern.starts_with('^') || !pattern.ends_with('$'))
    return refuse("must begin with ^ and end with $");
  Parser parser(pattern.substr(1, pattern.size() - 2));
  Piece root;
  if (!parser.parse(root))
    return refuse(fmt::format("cannot be understood at character {}", parser.at() + 2));
  TextPattern compiled;
  PatternCompiler compiler(compiled);
  compiled.start_ = compiler.lay(root, compiler.accept());
  if (compiled.start_ < 0 || compiled.states_.size() > kMaxStates) return refuse("is too large");
  return compiled;
}

void TextPattern::add(int state, std::vector<int>& list, std::vector<unsigned>& seen, unsigned step) const {
  std::vector<int> open{state};
  while (!open.empty()) {
    const int at = open.back();
    open.pop_back();
    if (at < 0 || seen[static_cast<std::size_t>(at)] == step) continue;
    seen[static_cast<std::size_t>(at)] = step;
    const State& found = states_[static_cast<std::size_t>(at)];
    if (found.kind == State::Kind::split) {
      open.push_back(found.other);
      open.push_back(found.next);
    } else {
      list.push_back(at);
    }
  }
}

bool TextPattern::matches(std::string_view text) const {
  std::vector<unsigned> seen(states_.size(), 0);
  std::vector<int> now;
  std::vector<int> after;
  unsigned step = 1;
  add(start_, now, seen, step);
  for (const char c : text) {
    ++step;
    after.clear();
    for (const int at : now) {
      const State& state = states_[static_cast<std::size_t>(at)];
      if (state.kind == State::Kind::bytes &&
          sets_[static_cast<std::size_t>(state.bytes)].test(static_cast<unsigned char>(c)))
        add(state.next, after, seen, step);
    }
    now.swap(after);
    if (now.empty()) return false;
  }
  for (const int at : now) {
    if (states_[static_cast<std::size_t>(at)].kind == State::Kind::accept) return true;
  }
  return false;
}

}  // namespace parley::api
