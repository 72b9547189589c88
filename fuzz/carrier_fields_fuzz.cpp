// Requests of carriers under any bytes: the first line is the query, the second the Content-Type, the rest
// the body. What comes out is bounded, valid text without control characters.
#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/valid_text.hpp"
#include "carrier/fields.hpp"

namespace {

void check(const std::string& text) {
  if (parley::valid_text(text) != text) std::abort();
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }))
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto take_line = [&rest] {
    const auto end = std::min(rest.find('\n'), rest.size());
    const auto line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return line;
  };
  const auto query = take_line();
  const auto type = take_line();
  const auto fields = parley::carrier::read_fields("POST", query, type, rest);
  if (!fields) {
    if (fields.error().message.empty()) std::abort();
    return 0;
  }
  if (fields->size() > 1000) std::abort();
  for (const auto& [name, value] : *fields) {
    check(name);
    check(value);
  }
  return 0;
}
