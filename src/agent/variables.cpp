#include "agent/variables.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "base/valid_text.hpp"

namespace parley::agent {
namespace {

constexpr std::size_t kMostValueBytes = 1000;
// A short code has three, an international number by E.164 fifteen; some exchanges want a prefix before it.
constexpr std::size_t kFewestDigits = 3;
constexpr std::size_t kMostDigits = 18;

std::string_view trimmed(std::string_view text) {
  const auto blank = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(blank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

bool is_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto rest = [&](char c) { return letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-'; };
  return !name.empty() && letter(name[0]) && std::ranges::all_of(name, rest);
}

struct Placeholder {
  std::size_t begin = 0;
  std::size_t end = 0;
  std::string_view name;
  std::string_view otherwise;
};

// The next one at or after `from`.
std::optional<Placeholder> next_placeholder(std::string_view text, std::size_t from) {
  while (true) {
    const std::size_t open = text.find("{{", from);
    if (open == std::string_view::npos) return std::nullopt;
    const std::size_t close = text.find("}}", open);
    if (close == std::string_view::npos) return std::nullopt;
    const std::string_view inside = text.substr(open + 2, close - open - 2);
    const std::size_t bar = inside.find('|');
    const std::string_view name = trimmed(inside.substr(0, bar));
    // Braces within mean that another pair opens later; what stands before is text.
    if (is_name(name) && inside.find_first_of("{}") == std::string_view::npos) {
      const auto otherwise =
          bar == std::string_view::npos ? std::string_view() : trimmed(inside.substr(bar + 1));
      return Placeholder{open, close + 2, name, otherwise};
    }
    from = open + 1;
  }
}

std::string value_of(const Placeholder& place, const std::map<std::string, std::string>& variables) {
  const auto found = variables.find(std::string(place.name));
  if (found == variables.end()) return std::string(place.otherwise);
  // Models and databases take valid text alone; cut first, so that a huge value costs little.
  const std::string_view bytes = std::string_view(found->second).substr(0, kMostValueBytes + 4);
  const std::string text = valid_text(bytes);
  std::string value(clipped(text, kMostValueBytes));
  for (char& c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) c = ' ';
  }
  return value;
}

// `script` gets the texts in which {slot} is replaced later, `number` those that are dialled, `plain` the
// others. Of a const agent or of one that is changed.
template <class AnyAgent, class Plain, class Script, class Number>
void each_text(AnyAgent& agent, const Plain& plain, const Script& script, const Number& number) {
  const auto replies = [&](auto& rules) {
    for (auto& rule : rules)
      script(rule.reply);
  };
  plain(agent.first_message);
  plain(agent.prompt);
  for (auto& tool : agent.tools)
    plain(tool.say);
  for (auto& line : agent.filler.say)
    plain(line);
  for (auto& [digit, key] : agent.dtmf.keys)
    plain(key.say);
  plain(agent.transfer.say);
  plain(agent.transfer.announce);
  plain(agent.transfer.failed_say);
  for (auto& to : agent.transfer.to)
    number(to);
  plain(agent.limits.max_duration_say);
  plain(agent.limits.trouble_say);
  plain(agent.limits.give_up_say);
  script(agent.script.fallback);
  script(agent.script.escalate_reply);
  for (auto& [name, stage] : agent.script.stages) {
    script(stage.fallback);
    replies(stage.rules);
  }
  replies(agent.script.anywhere);
}

template <class Each>
void each_text(const Agent& agent, const Each& each) {
  each_text(agent, each, each, each);
}

bool is_personal(const Agent& agent) {
  bool found = false;
  each_text(agent, [&](const std::string& text) { found = found || next_placeholder(text, 0); });
  return found;
}

std::string filled(std::string_view text, const std::map<std::string, std::string>& variables,
                   std::string (*each)(std::string) = nullptr) {
  std::string out;
  std::size_t at = 0;
  while (const auto place = next_placeholder(text, at)) {
    out += text.substr(at, place->begin - at);
    std::string value = value_of(*place, variables);
    out += each != nullptr ? each(std::move(value)) : value;
    at = place->end;
  }
  out += text.substr(at);
  return out;
}

// A brace of a value would be taken for the beginning of a {slot}.
std::string without_braces(std::string value) {
  std::ranges::replace(value, '{', '(');
  std::ranges::replace(value, '}', ')');
  return value;
}

}  // namespace

std::string fill_in(std::string_view text, const std::map<std::string, std::string>& variables) {
  return filled(text, variables);
}

std::vector<std::string> variables_of(const Agent& agent) {
  std::set<std::string> names;
  each_text(agent, [&](const std::string& text) {
    for (auto place = next_placeholder(text, 0); place; place = next_placeholder(text, place->end))
      names.emplace(place->name);
  });
  return {names.begin(), names.end()};
}

AgentPtr with_variables(const AgentPtr& agent, const std::map<std::string, std::string>& variables) {
  if (!is_personal(*agent)) return agent;
  auto made = std::make_shared<Agent>(*agent);
  const auto plain = [&](std::string& text) { text = filled(text, variables); };
  const auto script = [&](std::string& text) { text = filled(text, variables, without_braces); };
  each_text(*made, plain, script, plain);
  // A value from outside is dialled only if it is a number.
  std::vector<std::string> numbers;
  for (const std::string& to : made->transfer.to) {
    if (auto number = number_to_dial(to)) numbers.push_back(std::move(*number));
  }
  made->transfer.to = std::move(numbers);
  made->personal = true;
  made->origin = agent->origin ? agent->origin : agent;
  return made;
}

std::optional<std::string> number_to_dial(std::string_view text) {
  std::string number;
  for (const char c : text) {
    if (c == ' ') continue;
    const bool digit = c >= '0' && c <= '9';
    if (!digit && !(c == '+' && number.empty())) return std::nullopt;
    number += c;
  }
  const std::size_t digits = number.size() - (number.starts_with('+') ? 1 : 0);
  if (digits < kFewestDigits || digits > kMostDigits) return std::nullopt;
  return number;
}

}  // namespace parley::agent
