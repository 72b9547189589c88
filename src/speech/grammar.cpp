#include "speech/grammar.hpp"

#include <algorithm>
#include <fstream>
#include <unordered_set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "agent/pattern.hpp"
#include "speech/spoken_forms.hpp"

namespace parley::speech {
namespace {

using agent::PatternNode;

class Compiler {
 public:
  explicit Compiler(const agent::Script& script) : script_(script) {}

  Result<Grammar> run() {
    for (const auto& [name, stage] : script_.stages) {
      if (auto done = add_rules(stage.rules); !done) return fail(done.error());
    }
    if (auto done = add_rules(script_.anywhere); !done) return fail(done.error());
    if (patterns_.empty()) {
      return fail(Errc::invalid_argument,
                  "the local recogniser understands only what the patterns of the agent's script expect, and "
                  "there is "
                  "none with a word in it: add rules with patterns, or choose another stt provider");
    }
    Grammar grammar;
    grammar.jsgf = "#JSGF V1.0;\ngrammar parley;\n";
    std::vector<std::string> names;
    names.reserve(patterns_.size());
    for (std::size_t i = 0; i < patterns_.size(); ++i)
      names.push_back(fmt::format("<pattern{}>", i + 1));
    grammar.jsgf += fmt::format("public <utterance> = {};\n", fmt::join(names, " | "));
    for (std::size_t i = 0; i < patterns_.size(); ++i) {
      grammar.jsgf += fmt::format("{} = {};\n", names[i], patterns_[i]);
    }
    for (const auto& rule : rules_)
      grammar.jsgf += rule;
    grammar.words = std::move(words_);
    return grammar;
  }

 private:
  Result<void> add_rules(const std::vector<agent::Rule>& rules) {
    for (const auto& rule : rules) {
      for (const auto& pattern : rule.patterns) {
        auto root = agent::parse_pattern(pattern);
        if (!root) {
          return fail(root.error().code, fmt::format("pattern '{}': {}", pattern, root.error().message));
        }
        if (!asks_for_a_word(*root)) continue;
        auto expression = print(*root);
        if (!expression) {
          return fail(expression.error().code,
                      fmt::format("pattern '{}': {}", pattern, expression.error().message));
        }
        if (seen_.insert(*expression).second) patterns_.push_back(std::move(*expression));
      }
    }
    return {};
  }

  // Whether every way through the node has a word or a slot; otherwise silence or any filler would match.
  static bool asks_for_a_word(const PatternNode& node) {
    switch (node.kind) {
      case PatternNode::Kind::word:
      case PatternNode::Kind::slot:
        return true;
      case PatternNode::Kind::sequence:
        return std::ranges::any_of(node.children, asks_for_a_word);
      case PatternNode::Kind::alternatives:
        return std::ranges::all_of(node.children, asks_for_a_word);
      case PatternNode::Kind::anything:
      case PatternNode::Kind::optional:
        return false;
    }
    return false;
  }

  Result<std::string> print(const PatternNode& node) {
    switch (node.kind) {
      case PatternNode::Kind::word:
        words_.insert(node.text);
        return node.text;
      case PatternNode::Kind::anything:
        add_spoken("filler");
        return "[<filler>]";
      case PatternNode::Kind::slot:
        return print_slot(node.text);
      case PatternNode::Kind::sequence:
        return print_all(node, " ");
      case PatternNode::Kind::alternatives: {
        auto inner = print_all(node, " | ");
        if (!inner) return inner;
        return fmt::format("({})", *inner);
      }
      case PatternNode::Kind::optional: {
        auto inner = print_all(node, " ");
        if (!inner) return inner;
        // Alternatives bring brackets of their own.
        const bool doubled =
            node.children.size() == 1 && node.children[0].kind == PatternNode::Kind::alternatives;
        return fmt::format("[{}]", doubled ? inner->substr(1, inner->size() - 2) : *inner);
      }
    }
    return fail(Errc::internal, "unknown pattern node");
  }

  Result<std::string> print_all(const PatternNode& node, std::string_view separator) {
    std::string text;
    for (const auto& child : node.children) {
      auto part = print(child);
      if (!part) return part;
      if (!text.empty()) text += separator;
      text += *part;
    }
    return text;
  }

  Result<std::string> print_slot(const std::string& name) {
    const auto slot = script_.slots.find(name);
    if (slot == script_.slots.end()) {
      return fail(Errc::invalid_argument, fmt::format("there is no slot '{}'; add it under slots", name));
    }
    if (slot->second.kind != agent::SlotKind::choice) {
      const auto rule = rule_of(slot->second);
      add_spoken(rule);
      return fmt::format("<{}>", rule);
    }
    std::vector<std::string> forms;
    std::set<std::string> known;
    const auto add_form = [&](std::string_view form) {
      const auto words = agent::words_of(form);
      auto text = fmt::format("{}", fmt::join(words, " "));
      if (!text.empty() && known.insert(text).second) forms.push_back(std::move(text));
    };
    for (const auto& [value, spoken] : slot->second.choices) {
      add_form(value);
      for (const auto& form : spoken)
        add_form(form);
    }
    if (forms.empty()) {
      return fail(Errc::invalid_argument, fmt::format("slot '{}' has no choices", name));
    }
    const auto rule = "choice_" + name;
    add_body(rule, fmt::format("{}", fmt::join(forms, " | ")));
    return fmt::format("<{}>", rule);
  }

  void add_spoken(std::string_view name) {
    const auto* rule = spoken_rule(name);
    if (rule == nullptr || !add_body(name, rule->body)) return;
    for (auto rest = rule->uses; !rest.empty();) {
      const auto end = std::min(rest.find(' '), rest.size());
      add_spoken(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }

  // False when the rule is there already.
  bool add_body(std::string_view name, std::string_view body) {
    if (!known_rules_.emplace(name).second) return false;
    rules_.push_back(fmt::format("<{}> = {};\n", name, body));
    collect_words(body);
    return true;
  }

  void collect_words(std::string_view body) {
    std::string word;
    bool reference = false;
    for (const char c : body) {
      if (c == '<') reference = true;
      const bool part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '\'' ||
                        static_cast<unsigned char>(c) >= 0x80;
      if (part && !reference) {
        word += c;
      } else if (!word.empty()) {
        words_.insert(std::exchange(word, {}));
      }
      if (c == '>') reference = false;
    }
    if (!word.empty()) words_.insert(std::move(word));
  }

  const agent::Script& script_;
  std::vector<std::string> patterns_;
  std::set<std::string> seen_;
  std::vector<std::string> rules_;
  std::set<std::string> known_rules_;
  std::set<std::string> words_;
};

}  // namespace

Result<Grammar> compile_grammar(const agent::Script& script) {
  return Compiler(script).run();
}

Result<std::vector<Pronunciation>> cut_dictionary(const std::filesystem::path& file,
                                                  const std::set<std::string>& words) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(Errc::not_found, fmt::format("cannot read the dictionary {}", file.string()));
  std::vector<Pronunciation> found;
  std::set<std::string> missing = words;
  const std::unordered_set<std::string> wanted(words.begin(), words.end());
  std::string line;
  std::string base;
  while (std::getline(in, line)) {
    const auto end = line.find_first_of(" \t");
    if (end == std::string::npos || end == 0) continue;
    base.assign(line, 0, line.find('(') < end ? line.find('(') : end);
    if (!wanted.contains(base)) continue;
    const auto phones = line.find_first_not_of(" \t", end);
    const auto last = line.find_last_not_of(" \t\r");
    if (phones == std::string::npos || last < phones) continue;
    found.push_back({line.substr(0, end), line.substr(phones, last - phones + 1)});
    missing.erase(base);
  }
  if (!missing.empty()) {
    return fail(
        Errc::invalid_argument,
        fmt::format(
            "the local recogniser does not know how to pronounce '{}'; write it with words the "
            "recogniser knows (numbers as words, abbreviations as letters) or choose another stt provider",
            fmt::join(missing, "', '")));
  }
  return found;
}

}  // namespace parley::speech
