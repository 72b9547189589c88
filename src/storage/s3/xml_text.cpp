#include "storage/s3/xml_text.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace parley::storage::s3 {
namespace {

constexpr std::size_t kMostText = 8 * 1024;
constexpr std::size_t kLongestEntity = 10;

constexpr std::array<std::pair<std::string_view, char>, 5> kEntities = {
    {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}}};

struct Tag {
  std::string_view name;  // without its namespace; of a closing tag, too
  bool opens = false;     // neither closing nor empty nor a declaration
  std::size_t end = 0;    // behind its '>'
};

// The first tag at or after `from`.
std::optional<Tag> next_tag(std::string_view xml, std::size_t from) {
  const auto begin = xml.find('<', from);
  if (begin == std::string_view::npos) return std::nullopt;
  const auto close = xml.find('>', begin);
  if (close == std::string_view::npos) return std::nullopt;
  std::string_view inside = xml.substr(begin + 1, close - begin - 1);
  const bool plain =
      !inside.empty() && inside.front() != '/' && inside.front() != '?' && inside.front() != '!';
  const bool empty = inside.ends_with('/');
  if (!plain && !inside.empty()) inside.remove_prefix(1);
  inside = inside.substr(0, inside.find_first_of(" \t\r\n/"));
  const auto colon = inside.find(':');
  if (colon != std::string_view::npos) inside.remove_prefix(colon + 1);
  return Tag{.name = inside, .opens = plain && !empty, .end = close + 1};
}

void append_utf8(std::string& out, std::uint32_t c) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | (c >> 6));
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | (c >> 12));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | (c >> 18));
    put(0x80 | ((c >> 12) & 0x3F));
    put(0x80 | ((c >> 6) & 0x3F));
    put(0x80 | (c & 0x3F));
  }
}

// "amp", "#34", "#x22"; false: it is none.
bool append_entity(std::string& out, std::string_view entity) {
  for (const auto& [name, c] : kEntities) {
    if (name == entity) {
      out.push_back(c);
      return true;
    }
  }
  if (!entity.starts_with('#')) return false;
  entity.remove_prefix(1);
  const bool hex = entity.starts_with('x') || entity.starts_with('X');
  if (hex) entity.remove_prefix(1);
  std::uint32_t c = 0;
  const auto read = std::from_chars(entity.data(), entity.data() + entity.size(), c, hex ? 16 : 10);
  const bool whole = read.ec == std::errc() && read.ptr == entity.data() + entity.size();
  const bool surrogate = c >= 0xD800 && c < 0xE000;
  if (!whole || c == 0 || c > 0x10FFFF || surrogate) return false;
  append_utf8(out, c);
  return true;
}

std::string decoded(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto amp = std::min(text.find('&'), text.size());
    out += text.substr(0, amp);
    text.remove_prefix(amp);
    if (text.empty()) break;
    const auto end = text.substr(0, kLongestEntity + 2).find(';');
    if (end != std::string_view::npos && append_entity(out, text.substr(1, end - 1))) {
      text.remove_prefix(end + 1);
    } else {
      out.push_back('&');
      text.remove_prefix(1);
    }
  }
  return out;
}

}  // namespace

std::string_view root_element(std::string_view xml) {
  std::size_t from = 0;
  while (const auto tag = next_tag(xml, from)) {
    if (tag->opens) return tag->name;
    from = tag->end;
  }
  return {};
}

std::optional<std::string> element_text(std::string_view xml, std::string_view name) {
  std::size_t from = 0;
  while (const auto tag = next_tag(xml, from)) {
    from = tag->end;
    if (!tag->opens || tag->name != name) continue;
    const auto close = xml.find('<', from);
    if (close == std::string_view::npos) return std::nullopt;
    if (close + 1 >= xml.size() || xml[close + 1] != '/') continue;  // it has elements in it
    if (close - from > kMostText) return std::nullopt;
    return decoded(xml.substr(from, close - from));
  }
  return std::nullopt;
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (const char c : text) {
    std::string_view entity;
    for (const auto& [name, character] : kEntities) {
      if (character == c) entity = name;
    }
    if (entity.empty()) {
      out.push_back(c);
    } else {
      out.append("&").append(entity).append(";");
    }
  }
  return out;
}

}  // namespace parley::storage::s3
