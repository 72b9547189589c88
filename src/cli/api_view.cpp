#include "cli/api_view.hpp"

#include <boost/json.hpp>
#include <fmt/format.h>

#include "base/clock.hpp"
#include "cli/calls_view.hpp"
#include "cli/table.hpp"
#include "vendor/json.hpp"

namespace parley::cli {
namespace {

namespace json = boost::json;

// A value in one cell: nothing for null, times in the local zone, lists with commas.
std::string cell(const json::value* value) {
  if (value == nullptr || value->is_null()) return "-";
  if (value->is_bool()) return value->get_bool() ? "yes" : "no";
  if (value->is_array()) {
    std::string text;
    for (const json::value& one : value->get_array())
      text += (text.empty() ? "" : ", ") + cell(&one);
    return text.empty() ? "-" : text;
  }
  if (value->is_object()) return printable(json::serialize(*value));
  const std::string text = value->is_string() ? std::string(value->get_string()) : vendor::to_text(*value);
  if (const auto at = parse_utc_time(text)) return local_time(*at);
  return text.empty() ? "-" : printable(text);
}

std::string table(const ApiCommand& command, const json::object& answer) {
  const json::array* items = vendor::array_member(answer, "items");
  if (items == nullptr || items->empty()) return "None.\n";
  std::vector<std::string> header;
  for (const Column& column : command.columns)
    header.emplace_back(column.header);
  std::vector<std::vector<std::string>> rows;
  for (const json::value& item : *items) {
    if (!item.is_object()) continue;
    std::vector<std::string>& row = rows.emplace_back();
    for (const Column& column : command.columns)
      row.push_back(cell(vendor::member(item.get_object(), column.member)));
  }
  return render_table(header, rows);
}

void add_lines(std::string& out, const json::object& object, std::size_t width) {
  std::string texts;
  for (const auto& [name, value] : object) {
    // A record that holds another is shown with its members beside its own.
    if (value.is_object() && value.get_object().size() < 40 && name != "config") {
      add_lines(out, value.get_object(), width);
      continue;
    }
    // The configuration is there twice; the file is what people write.
    if (name == "config" || (value.is_array() && value.get_array().empty())) continue;
    if (value.is_string() && value.get_string().find('\n') != json::string::npos) {
      std::string_view rest = value.get_string();
      while (!rest.empty()) {
        const std::string_view one = rest.substr(0, rest.find('\n'));
        texts += printable(one) + "\n";
        rest.remove_prefix(std::min(one.size() + 1, rest.size()));
      }
      continue;
    }
    out += fmt::format("{:<{}}  {}\n", std::string_view(name), width, cell(&value));
  }
  if (!texts.empty()) out += "\n" + texts;
}

std::size_t widest_name(const json::object& object) {
  std::size_t width = 0;
  for (const auto& [name, value] : object) {
    if (name == "config") continue;
    width = std::max(width, value.is_object() ? widest_name(value.get_object()) : name.size());
  }
  return width;
}

std::string record(const json::object& object) {
  std::string out;
  add_lines(out, object, widest_name(object));
  return out;
}

std::string differences(const json::object& answer) {
  const json::array* changes = vendor::array_member(answer, "changes");
  if (changes == nullptr || changes->empty()) return "They are the same.\n";
  std::string out;
  for (const json::value& entry : *changes) {
    if (!entry.is_object()) continue;
    const json::object& change = entry.get_object();
    const std::string kind = vendor::text_member(change, "kind");
    out += printable(vendor::text_member(change, "path")) + "\n";
    const auto side = [&](const char* mark, std::string_view name) {
      const json::value* value = vendor::member(change, name);
      out += fmt::format("  {} {}\n", mark, value == nullptr ? "" : printable(json::serialize(*value)));
    };
    if (kind != "added") side("-", "before");
    if (kind != "removed") side("+", "after");
  }
  return out;
}

}  // namespace

std::string render_answer(const ApiCommand& command, const json::value& answer) {
  if (!answer.is_object()) return "Done.\n";
  const json::object& object = answer.get_object();
  switch (command.view) {
    case View::table:
      return table(command, object);
    case View::calls: {
      const json::array* items = vendor::array_member(object, "items");
      return render_calls_table(items == nullptr ? json::array() : *items);
    }
    case View::call:
      return render_call(object);
    case View::transcript:
      return render_transcript(object);
    case View::differences:
      return differences(object);
    case View::record:
    case View::text:
    case View::done:
      break;
  }
  return record(object);
}

}  // namespace parley::cli
