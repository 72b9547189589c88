// Small facts that several vendors' adapters need. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace parley::speech {

// What vendors that know languages without regions call a BCP 47 tag: "hi-IN" → "hi". Empty for "multi" and
// "auto".
std::string language_without_region(std::string_view tag);

// Unicode code points of UTF-8: what voices are paid by.
std::size_t code_points(std::string_view text);

}  // namespace parley::speech
