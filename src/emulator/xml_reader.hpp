// The XML that answers a webhook, as a tree: elements, attributes, text. No DTD, no processing but skipping.
//
// Pure. Bounded in depth and number of elements.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace parley::emulator {

struct XmlElement {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  // of the element itself, trimmed
  std::vector<XmlElement> children;

  std::string attribute(std::string_view key, std::string_view otherwise = {}) const;
  const XmlElement* child(std::string_view key) const;
};

Result<XmlElement> read_xml(std::string_view text);
// Text between tags and within quotes.
std::string xml_escaped(std::string_view text);

}  // namespace parley::emulator
