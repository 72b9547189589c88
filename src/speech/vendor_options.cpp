#include "speech/vendor_options.hpp"

#include <algorithm>
#include <cctype>

namespace parley::speech {

std::string language_without_region(std::string_view tag) {
  std::string language(tag.substr(0, tag.find_first_of("-_")));
  std::ranges::transform(language, language.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (language == "multi" || language == "auto") language.clear();
  return language;
}

std::size_t code_points(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

}  // namespace parley::speech
