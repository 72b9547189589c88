#include "caller/transcript.hpp"

namespace parley::caller {
namespace {

// " word word ": bytes above ASCII are letters of some script.
std::string normalised(std::string_view text) {
  std::string out = " ";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 'A' && byte <= 'Z') {
      out += static_cast<char>(byte - 'A' + 'a');
    } else if ((byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80) {
      out += c;
    } else if (byte == '\'') {
      continue;
    } else if (out.back() != ' ') {
      out += ' ';
    }
  }
  if (out.back() != ' ') out += ' ';
  return out;
}

}  // namespace

bool contains_words(std::string_view line, std::string_view words) {
  return normalised(line).find(normalised(words)) != std::string::npos;
}

}  // namespace parley::caller
