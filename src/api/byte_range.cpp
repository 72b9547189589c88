#include "api/byte_range.hpp"

#include <algorithm>
#include <charconv>

namespace parley::api {
namespace {

std::optional<std::uint64_t> number_of(std::string_view text) {
  std::uint64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

RangeVerdict parse_range(std::string_view header, std::uint64_t size) {
  using Kind = RangeVerdict::Kind;
  constexpr std::string_view kUnit = "bytes=";
  const RangeVerdict whole{Kind::whole, 0, size};
  if (!header.starts_with(kUnit)) return whole;
  header.remove_prefix(kUnit.size());
  const auto dash = header.find('-');
  if (dash == std::string_view::npos) return whole;
  const std::string_view from = header.substr(0, dash);
  const std::string_view to = header.substr(dash + 1);
  if (from.empty()) {  // the last so many
    const auto last = number_of(to);
    if (!last) return whole;
    if (*last == 0 || size == 0) return {Kind::unsatisfiable, 0, 0};
    return {Kind::part, size - std::min(*last, size), size};
  }
  const auto first = number_of(from);
  if (!first) return whole;
  std::uint64_t end = size;
  if (!to.empty()) {
    const auto last = number_of(to);
    if (!last || *last < *first) return whole;
    end = *last >= size ? size : *last + 1;
  }
  if (*first >= size) return {Kind::unsatisfiable, 0, 0};
  return {Kind::part, *first, end};
}

}  // namespace parley::api
