#include "agent/script_reader.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace parley::agent {
namespace {

using yaml::Map;
using yaml::Place;
using yaml::Text;

constexpr std::pair<std::string_view, SlotKind> kSlotKinds[] = {{"digits", SlotKind::digits},
                                                                {"number", SlotKind::number},
                                                                {"date", SlotKind::date},
                                                                {"time", SlotKind::time},
                                                                {"choice", SlotKind::choice}};

bool is_slot_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, plain);
}

// A pattern made of optional parts alone would match every sentence by saying nothing about it.
bool needs_something(const PatternNode& node) {
  switch (node.kind) {
    case PatternNode::Kind::optional:
      return false;
    case PatternNode::Kind::sequence:
      return std::ranges::any_of(node.children, needs_something);
    case PatternNode::Kind::alternatives:
      return std::ranges::all_of(node.children, needs_something);
    default:
      return true;  // a lone * is a wish: it catches everything
  }
}

class ScriptReader {
 public:
  ScriptReader(yaml::Reader& reader, const std::map<char, DtmfKey>& dtmf_keys)
      : reader_(reader), dtmf_keys_(dtmf_keys) {}

  Script read(Map map) {
    script_.first_stage = map.text("first_stage", script_.first_stage);
    script_.fallback = speech(map, "fallback", script_.fallback);
    script_.escalate_after = static_cast<int>(map.integer("escalate_after", 0, 0, 20));
    script_.escalate_reply = speech(map, "escalate_reply");
    for (auto& [name, slot] : map.named("slots"))
      read_slot(name, slot);
    for (auto& [name, stage] : map.named("stages")) {
      Stage& into = script_.stages[name.text];
      stage_places_[name.text] = name.place;
      into.fallback = speech(stage, "fallback");
      into.rules = read_rules(stage, "rules", name.text);
    }
    script_.anywhere = read_rules(map, "anywhere", "");
    check_slots();
    if (!script_.stages.empty() || map.has("first_stage")) check_stages(map);
    return std::move(script_);
  }

 private:
  struct Reference {
    std::string name;
    Place place;
  };
  struct Jump {
    std::string from;  // empty: anywhere
    Reference to;
  };

  void read_slot(const Text& name, Map map) {
    if (!is_slot_name(name.text))
      reader_.problem(name.place, fmt::format("slot '{}': a name is small letters, digits and _", name.text));
    Slot slot;
    slot.kind = map.one_of("kind", slot.kind, kSlotKinds);
    slot.min_digits = static_cast<int>(map.integer("min_digits", slot.min_digits, 1, 32));
    slot.max_digits =
        static_cast<int>(map.integer("max_digits", std::max(slot.max_digits, slot.min_digits), 1, 32));
    if (slot.min_digits > slot.max_digits) map.problem("max_digits", "is less than min_digits");
    if (slot.kind != SlotKind::digits) {
      for (const char* key : {"min_digits", "max_digits"}) {
        if (map.has(key)) map.problem(key, "only slots of kind digits have it");
      }
    }
    std::map<std::string, std::string> taken;
    for (auto& [value, forms] : map.named_texts("choices")) {
      forms.insert(forms.begin(), value);
      auto& spoken = slot.choices[value.text];
      for (const auto& form : forms) {
        const auto words = words_of(form.text);
        const std::string plain = fmt::format("{}", fmt::join(words, " "));
        if (words.empty())
          reader_.problem(form.place, fmt::format("slot '{}': '{}' has no words", name.text, form.text));
        const auto [other, fresh] = taken.emplace(plain, value.text);
        if (!fresh && other->second != value.text)
          reader_.problem(form.place, fmt::format("slot '{}': '{}' stands for '{}' already", name.text,
                                                  form.text, other->second));
        if (fresh) spoken.push_back(plain);
      }
    }
    if (slot.kind == SlotKind::choice && slot.choices.empty())
      map.problem("choices", "a choice needs at least one value");
    if (slot.kind != SlotKind::choice && map.has("choices"))
      map.problem("choices", "only slots of kind choice have it");
    script_.slots[name.text] = std::move(slot);
  }

  // A text the agent says: notes the slots it names.
  std::string speech(Map map, std::string_view key, std::string_view otherwise = {}) {
    std::string text = map.text(key, otherwise);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
      text.pop_back();
    for (std::size_t open = text.find_first_of("{}"); open != std::string::npos;
         open = text.find_first_of("{}", open)) {
      // {{name}} is a value of the call, put in before the script is used.
      if (text.compare(open, 2, "{{") == 0) {
        const std::size_t end = text.find("}}", open);
        if (end == std::string::npos) {
          map.problem(key, "a {{ without its }}");
          break;
        }
        open = end + 2;
        continue;
      }
      const std::size_t close = text.find('}', open);
      if (text[open] == '}' || close == std::string::npos) {
        map.problem(key, "a { or } that is no {slot}");
        break;
      }
      slots_used_.push_back({text.substr(open + 1, close - open - 1), map.place(key)});
      open = close + 1;
    }
    return text;
  }

  std::vector<Rule> read_rules(Map map, std::string_view key, const std::string& stage) {
    std::vector<Rule> rules;
    for (Map& rule : map.list(key))
      rules.push_back(read_rule(rule, stage));
    return rules;
  }

  Rule read_rule(Map map, const std::string& stage) {
    Rule rule;
    for (auto& pattern : map.texts("patterns"))
      read_pattern(pattern, rule);
    for (auto& keys : map.texts("keys"))
      read_keys(keys, rule);
    rule.reply = speech(map, "reply");
    rule.go_to = map.text("go_to");
    rule.end_call = map.boolean("end_call", false);
    rule.escalate = map.boolean("escalate", false);
    if (!map.has("patterns") && !map.has("keys"))
      reader_.problem(map.place(), "a rule needs patterns or keys");
    if (rule.reply.empty() && !rule.end_call && !rule.escalate)
      reader_.problem(map.place(), "a rule needs a reply, unless it ends the call or escalates");
    if (!rule.go_to.empty()) jumps_.push_back({stage, {rule.go_to, map.place("go_to")}});
    return rule;
  }

  void read_pattern(const Text& pattern, Rule& rule) {
    auto parsed = parse_pattern(pattern.text);
    if (!parsed) {
      reader_.problem(pattern.place, fmt::format("pattern '{}': {}", pattern.text, parsed.error().message));
      return;
    }
    if (!needs_something(*parsed))
      reader_.problem(pattern.place, fmt::format("pattern '{}': is optional as a whole", pattern.text));
    note_slots(*parsed, pattern.place);
    rule.patterns.push_back(pattern.text);
    rule.parsed.push_back(std::move(*parsed));
  }

  void note_slots(const PatternNode& node, Place place) {
    if (node.kind == PatternNode::Kind::slot) slots_used_.push_back({node.text, place});
    for (const auto& child : node.children)
      note_slots(child, place);
  }

  void read_keys(const Text& keys, Rule& rule) {
    if (keys.text.empty() || !std::ranges::all_of(keys.text, is_dtmf_key))
      reader_.problem(keys.place,
                      fmt::format("keys '{}': must be some of 0-9 * # A-D, in quotes", keys.text));
    else if (const auto own = dtmf_keys_.find(keys.text[0]);
             keys.text.size() == 1 && own != dtmf_keys_.end() && own->second.action != DtmfAction::input)
      reader_.problem(
          keys.place,
          fmt::format("key '{}' has its own meaning in dtmf.keys: no rule ever sees it", keys.text));
    rule.keys.push_back(keys.text);
  }

  void check_slots() {
    for (const auto& [name, place] : slots_used_) {
      if (!script_.slots.contains(name))
        reader_.problem(place, fmt::format("no slot '{}' in script.slots", name));
    }
  }

  void check_stages(Map& map) {
    if (!script_.stages.contains(script_.first_stage))
      map.problem("first_stage", fmt::format("no stage '{}' in script.stages", script_.first_stage));
    for (const auto& jump : jumps_) {
      if (!script_.stages.contains(jump.to.name))
        reader_.problem(jump.to.place, fmt::format("go_to: no stage '{}' in script.stages", jump.to.name));
    }
    std::set<std::string> reached{script_.first_stage, ""};
    for (std::size_t before = 0; before != reached.size();) {
      before = reached.size();
      for (const auto& jump : jumps_) {
        if (reached.contains(jump.from)) reached.insert(jump.to.name);
      }
    }
    for (const auto& [name, place] : stage_places_) {
      if (!reached.contains(name))
        reader_.problem(place, fmt::format("stage '{}' is never reached: no go_to leads to it", name));
    }
  }

  yaml::Reader& reader_;
  const std::map<char, DtmfKey>& dtmf_keys_;
  Script script_;
  std::map<std::string, Place> stage_places_;
  std::vector<Reference> slots_used_;
  std::vector<Jump> jumps_;
};

}  // namespace

bool is_dtmf_key(char c) {
  return (c >= '0' && c <= '9') || c == '*' || c == '#' || (c >= 'A' && c <= 'D');
}

Script read_script(yaml::Reader& reader, Map map, const std::map<char, DtmfKey>& dtmf_keys) {
  return ScriptReader(reader, dtmf_keys).read(map);
}

}  // namespace parley::agent
