#include "net/headers.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace parley::net {
namespace {

// RFC 9110 §5.6.2
bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(c);
  });
}

}  // namespace

std::optional<std::string_view> find_header(const HeaderList& headers, std::string_view name) {
  constexpr auto lower = [](char c) { return to_lower(c); };
  for (const auto& [key, value] : headers) {
    if (std::ranges::equal(key, name, {}, lower, lower)) return value;
  }
  return std::nullopt;
}

Result<void> check_headers(const HeaderList& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name))
      return fail(Errc::invalid_argument, "a header to send has a name HTTP does not allow");
    const bool harmless = std::ranges::none_of(
        value, [](char c) { return (static_cast<unsigned char>(c) < ' ' && c != '\t') || c == 0x7f; });
    if (!harmless) {
      return fail(Errc::invalid_argument, "the header " + name + " holds a line break or control character");
    }
  }
  return {};
}

}  // namespace parley::net
