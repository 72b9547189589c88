#include "cli/table.hpp"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

#include "base/valid_text.hpp"

namespace parley::cli {
namespace {

// Good enough for names: characters, not bytes. Wide scripts may still lean out of their column.
std::size_t width(std::string_view text) {
  return count_characters(text);
}

void append_row(std::string& out, const std::vector<std::string>& cells,
                const std::vector<std::size_t>& widths) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    line += cells[i];
    line.append(widths[i] - width(cells[i]) + 2, ' ');
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + "\n";
}

// A time the calendar does not know (a damaged row) is shown as nothing.
std::string format_local(std::int64_t wall_ms, const char* format) {
  const auto seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm parts{};
  if (::localtime_r(&seconds, &parts) == nullptr) return "";
  char text[64];
  return {text, std::strftime(text, sizeof text, format, &parts)};
}

}  // namespace

std::string render_table(const std::vector<std::string>& header,
                         const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  widths.reserve(header.size());
  for (const std::string& cell : header)
    widths.push_back(width(cell));
  for (const auto& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i)
      widths[i] = std::max(widths[i], width(row[i]));
  }
  std::string out;
  append_row(out, header, widths);
  for (const auto& row : rows)
    append_row(out, row, widths);
  return out;
}

std::string printable(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are control characters too: two bytes in UTF-8.
    const bool second_set =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (second_set) ++i;
    line += byte < 0x20 || byte == 0x7F || second_set ? ' ' : text[i];
  }
  return line;
}

std::string local_time(std::int64_t wall_ms) {
  return format_local(wall_ms, "%Y-%m-%d %H:%M:%S");
}

std::string local_time_with_zone(std::int64_t wall_ms) {
  return format_local(wall_ms, "%Y-%m-%d %H:%M:%S %z");
}

std::string length(std::int64_t ms) {
  const std::int64_t seconds = ms / 1000;
  const std::int64_t minutes = seconds / 60;
  if (minutes < 60) return fmt::format("{}:{:02}", minutes, seconds % 60);
  return fmt::format("{}:{:02}:{:02}", minutes / 60, minutes % 60, seconds % 60);
}

}  // namespace parley::cli
