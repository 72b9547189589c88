#include "settings/dotenv.hpp"

#include <algorithm>

#include <fmt/core.h>

namespace parley::settings {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool is_name(std::string_view name) {
  const auto plain = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, plain);
}

// After a closing quote only a comment may follow.
bool only_comment(std::string_view rest) {
  rest = trimmed(rest);
  return rest.empty() || rest[0] == '#';
}

// False: a quote is not closed, or something follows it.
bool read_value(std::string_view text, std::string& value) {
  value.clear();
  if (text.starts_with('\'')) {
    const auto close = text.find('\'', 1);
    if (close == std::string_view::npos || !only_comment(text.substr(close + 1))) return false;
    value = text.substr(1, close - 1);
    return true;
  }
  if (text.starts_with('"')) {
    std::size_t at = 1;
    for (; at < text.size() && text[at] != '"'; ++at) {
      char c = text[at];
      if (c == '\\' && at + 1 < text.size()) {
        c = text[++at];
        if (c == 'n') c = '\n';
      }
      value += c;
    }
    return at < text.size() && only_comment(text.substr(at + 1));
  }
  std::size_t end = text.size();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '#' && (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\t')) {
      end = at;
      break;
    }
  }
  value = trimmed(text.substr(0, end));
  return true;
}

}  // namespace

Result<std::map<std::string, std::string>> parse_dotenv(std::string_view text, std::string_view source) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::map<std::string, std::string> out;
  int number = 0;
  while (!text.empty()) {
    ++number;
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#') continue;
    if (line.starts_with("export ")) line = trimmed(line.substr(7));
    const auto equals = line.find('=');
    const std::string_view name =
        equals == std::string_view::npos ? std::string_view() : trimmed(line.substr(0, equals));
    if (!is_name(name))
      return fail(Errc::invalid_argument,
                  fmt::format("{}:{}: must be NAME=value, a comment or empty", source, number));
    std::string value;
    if (!read_value(trimmed(line.substr(equals + 1)), value))
      return fail(Errc::invalid_argument,
                  fmt::format("{}:{}: the value of {} has a quote that is not closed at its end", source,
                              number, name));
    out[std::string(name)] = std::move(value);
  }
  return out;
}

}  // namespace parley::settings
