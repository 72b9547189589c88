// Patterns and words of any bytes: words are stable under a second pass, trees are as deep as allowed and not
// more.
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/pattern.hpp"

namespace {

using parley::agent::PatternNode;

int depth_of(const PatternNode& node) {
  int deepest = 0;
  for (const auto& child : node.children)
    deepest = std::max(deepest, depth_of(child));
  const bool group = node.kind == PatternNode::Kind::alternatives || node.kind == PatternNode::Kind::optional;
  return deepest + (group ? 1 : 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string joined;
  const auto words = parley::agent::words_of(text);
  for (const auto& word : words)
    joined += word + " ";
  // A byte of a broken character may complete another one in a new place; only sound text must be stable.
  bool ascii = true;
  for (const char c : text)
    ascii = ascii && static_cast<unsigned char>(c) < 0x80;
  if (ascii && parley::agent::words_of(joined) != words) std::abort();
  const auto tree = parley::agent::parse_pattern(text);
  if (tree && (depth_of(*tree) > 32 || tree->children.empty())) std::abort();
  return 0;
}
