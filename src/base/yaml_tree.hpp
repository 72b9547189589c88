// A YAML (or JSON) document as a tree of our own, with the line of every value. Aliases are refused, so a
// small file cannot stand for a huge one; size, depth and number of values are limited.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::yaml {

struct Place {
  int line = 0;  // from 1; 0: nowhere
};

struct Node {
  enum class Kind { null, scalar, list, map };
  Kind kind = Kind::null;
  Place place;
  std::string text;               // scalar
  bool quoted = false;            // scalar: "12" is text, 12 may be a number
  std::vector<std::string> keys;  // map: one for each item, in the order of the file, maybe twice the same
  std::vector<Place> key_places;  // map
  std::vector<Node> items;        // list and map
};

constexpr std::size_t kMaxDocumentBytes = 1 << 20;
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxNodes = 50'000;

// One document; an empty text is a null node. The message begins with "source:line: ". Any thread.
Result<Node> parse_tree(std::string_view text, std::string_view source);

}  // namespace parley::yaml
