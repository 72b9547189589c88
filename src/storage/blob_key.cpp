#include "storage/blob_key.hpp"

#include <algorithm>

namespace parley::storage {
namespace {

constexpr std::size_t kLongestKey = 900;      // S3 takes 1024
constexpr std::size_t kLongestSegment = 200;  // file systems take 255, and we add an ending

bool is_segment(std::string_view segment) {
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '_' || c == '-';
  };
  return !segment.empty() && segment.size() <= kLongestSegment && segment != "." && segment != ".." &&
         std::ranges::all_of(segment, plain);
}

}  // namespace

Result<void> check_blob_key(std::string_view key) {
  bool fits = key.size() <= kLongestKey;
  std::string_view rest = key;
  for (auto slash = rest.find('/'); fits && slash != std::string_view::npos; slash = rest.find('/')) {
    fits = is_segment(rest.substr(0, slash));
    rest.remove_prefix(slash + 1);
  }
  if (!fits || !is_segment(rest)) {
    return fail(Errc::invalid_argument,
                "a blob's key is made of letters, digits and ._- with slashes between");
  }
  return {};
}

}  // namespace parley::storage
