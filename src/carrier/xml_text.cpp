#include "carrier/xml_text.hpp"

#include "base/valid_text.hpp"

namespace parley::carrier {
namespace {

// U+FFFE and U+FFFF are the only valid UTF-8 above the control characters that XML forbids.
bool is_forbidden(std::string_view character) {
  return character == "\xEF\xBF\xBE" || character == "\xEF\xBF\xBF";
}

}  // namespace

void append_xml(std::string_view text, std::string& out) {
  while (!text.empty()) {
    const std::size_t length = character_length(text);
    const std::string_view character = text.substr(0, std::max<std::size_t>(length, 1));
    text.remove_prefix(character.size());
    if (length == 0 && character[0] != '\0') {
      out += "\xEF\xBF\xBD";
      continue;
    }
    switch (character[0]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&apos;";
        break;
      case '\t':
        out += "&#9;";
        break;
      case '\n':
        out += "&#10;";
        break;
      case '\r':
        out += "&#13;";
        break;
      default: {
        const bool is_control = static_cast<unsigned char>(character[0]) < 0x20;
        if (!is_control && !is_forbidden(character)) out += character;
      }
    }
  }
}

std::string xml_text(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  append_xml(text, out);
  return out;
}

}  // namespace parley::carrier
