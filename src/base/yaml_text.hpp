// A YAML tree as text again: JSON, or YAML for people.
#pragma once

#include <string>

#include "base/yaml_tree.hpp"

namespace parley::yaml {

// In the order of the document; unquoted numbers, true, false and null are those. Pure.
std::string to_json(const Node& node);

// Block style, long texts folded out; parse_tree() of it gives the same tree but for places. Pure.
std::string to_yaml(const Node& node);

}  // namespace parley::yaml
