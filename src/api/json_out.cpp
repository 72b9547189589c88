#include "api/json_out.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include <fmt/core.h>

#include "base/base64.hpp"
#include "base/text_value.hpp"

namespace parley::api {
namespace {

constexpr std::size_t kMaxId = 128;
constexpr std::size_t kMaxCursor = 256;

bool is_id_character(char c) {
  return c > ' ' && c < 127;
}

}  // namespace

std::string encode_cursor(const PageCursor& cursor) {
  const std::string plain = fmt::format("{}:{}", cursor.at, cursor.id);
  std::string text;
  base64_encode(std::as_bytes(std::span(plain)), text);
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  while (text.ends_with('='))
    text.pop_back();
  return text;
}

std::expected<PageCursor, Problem> decode_cursor(std::string_view text) {
  const auto refuse = [] {
    return std::unexpected(
        validation_failed({{"/query/cursor", "is not one of ours: take the nextCursor of the page before"}}));
  };
  if (text.size() > kMaxCursor) return refuse();
  std::string standard(text);
  std::ranges::replace(standard, '-', '+');
  std::ranges::replace(standard, '_', '/');
  std::vector<std::byte> bytes(base64_decoded_max(standard.size()));
  const auto length = base64_decode(standard, bytes.data());
  if (!length) return refuse();
  const std::string_view plain(reinterpret_cast<const char*>(bytes.data()), *length);
  const auto colon = plain.find(':');
  if (colon == std::string_view::npos) return refuse();
  const auto at = parse_integer(plain.substr(0, colon));
  const std::string_view id = plain.substr(colon + 1);
  if (!at || *at < 0 || id.empty() || id.size() > kMaxId || !std::ranges::all_of(id, is_id_character))
    return refuse();
  return PageCursor{.at = *at, .id = std::string(id)};
}

}  // namespace parley::api
