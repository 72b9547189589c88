// How the files of tables/ name models and days. Inside this room.
#pragma once

#include <algorithm>
#include <string_view>

namespace parley::vendor {

// "nova-3*" stands for every model that begins so, "*" for all.
inline bool model_fits(std::string_view pattern, std::string_view model) {
  if (pattern.ends_with('*')) return model.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == model;
}

// The longer pattern is the more exact one; a name without a star beats every pattern.
inline std::size_t exactness(std::string_view pattern) {
  return pattern.ends_with('*') ? pattern.size() : 1'000'000;
}

inline bool is_iso_date(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' &&
         std::ranges::all_of(text, [](char c) { return c == '-' || (c >= '0' && c <= '9'); });
}

}  // namespace parley::vendor
