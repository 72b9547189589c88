#include "control/agent_text.hpp"

#include <algorithm>
#include <charconv>

#include <boost/json/parse.hpp>
#include <fmt/core.h>

#include "base/json_string.hpp"
#include "base/yaml_text.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

constexpr std::string_view kSource = "agent";

void compare(const json::value& before, const json::value& after, const std::string& path,
             std::vector<Change>& changes);

void compare_objects(const json::object& before, const json::object& after, const std::string& path,
                     std::vector<Change>& changes) {
  for (const auto& member : before) {
    std::string place = path;
    append_json_pointer(member.key(), place);
    if (const json::value* other = after.if_contains(member.key())) {
      compare(member.value(), *other, place, changes);
    } else {
      changes.push_back({std::move(place), Change::Kind::removed, member.value(), nullptr});
    }
  }
  for (const auto& member : after) {
    if (before.contains(member.key())) continue;
    std::string place = path;
    append_json_pointer(member.key(), place);
    changes.push_back({std::move(place), Change::Kind::added, nullptr, member.value()});
  }
}

void compare(const json::value& before, const json::value& after, const std::string& path,
             std::vector<Change>& changes) {
  if (before == after) return;
  if (before.is_object() && after.is_object())
    return compare_objects(before.get_object(), after.get_object(), path, changes);
  const bool same_length =
      before.is_array() && after.is_array() && before.get_array().size() == after.get_array().size();
  if (!same_length) {
    changes.push_back({path, Change::Kind::changed, before, after});
    return;
  }
  for (std::size_t i = 0; i < before.get_array().size(); ++i)
    compare(before.get_array()[i], after.get_array()[i], fmt::format("{}/{}", path, i), changes);
}

}  // namespace

Result<json::value> agent_config(std::string_view text) {
  const auto tree = yaml::parse_tree(text, kSource);
  if (!tree) return fail(tree.error());
  json::error_code broken;
  json::value value = json::parse(yaml::to_json(*tree), broken);
  if (broken) return fail(Errc::internal, "an agent's text could not be turned into JSON");
  return value;
}

Result<std::string> agent_yaml(std::string_view text) {
  const auto tree = yaml::parse_tree(text, kSource);
  if (!tree) return fail(tree.error());
  return yaml::to_yaml(*tree);
}

Result<std::string> renamed_agent(std::string_view text, std::string_view name) {
  auto tree = yaml::parse_tree(text, kSource);
  if (!tree) return fail(tree.error());
  const auto found = std::ranges::find(tree->keys, "name");
  if (found == tree->keys.end()) return fail(Errc::invalid_argument, "the agent's text has no name");
  const auto index = static_cast<std::size_t>(found - tree->keys.begin());

  // Comments live in the text alone, so the one line is changed where the name has a line of its own.
  std::size_t begin = 0;
  for (int line = 1; line < tree->key_places[index].line && begin != std::string_view::npos; ++line) {
    begin = text.find('\n', begin);
    if (begin != std::string_view::npos) ++begin;
  }
  if (begin != std::string_view::npos && text.substr(begin).starts_with("name:")) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string renamed = fmt::format("{}name: {}{}", text.substr(0, begin), name, text.substr(end));
    const auto again = yaml::parse_tree(renamed, kSource);
    if (again && again->items[index].text == name) return renamed;
  }

  tree->items[index] = yaml::Node{};
  tree->items[index].kind = yaml::Node::Kind::scalar;
  tree->items[index].text = name;
  tree->items[index].quoted = true;
  return yaml::to_yaml(*tree);
}

std::vector<TextProblem> problems_of(const Error& error, std::string_view source_name) {
  std::vector<TextProblem> problems;
  std::string_view rest = error.message;
  while (!rest.empty()) {
    const auto end = std::min(rest.find('\n'), rest.size());
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    TextProblem problem;
    if (line.starts_with(source_name) && line.substr(source_name.size()).starts_with(":")) {
      line.remove_prefix(source_name.size() + 1);
      const auto read = std::from_chars(line.data(), line.data() + line.size(), problem.line);
      if (read.ec == std::errc()) line.remove_prefix(static_cast<std::size_t>(read.ptr - line.data()));
      if (line.starts_with(":")) line.remove_prefix(1);
      if (line.starts_with(" ")) line.remove_prefix(1);
    }
    problem.detail = line;
    if (!problem.detail.empty()) problems.push_back(std::move(problem));
  }
  return problems;
}

std::vector<Change> differences(const json::value& before, const json::value& after) {
  std::vector<Change> changes;
  compare(before, after, "", changes);
  return changes;
}

}  // namespace parley::control
