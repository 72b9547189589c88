// A pattern is matched by passing the set of reachable positions through its tree, keeping the best way to
// reach each position. The effort is the size of the pattern times the number of words: no pattern can make
// it explode.
#include "llm/script_matcher.hpp"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>
#include <fmt/ranges.h>

namespace parley::llm {
namespace {

using agent::PatternNode;
using agent::Rule;
using agent::Slot;
using agent::SlotKind;

constexpr std::size_t kMostWords = 64;
constexpr std::size_t kMostSlotWords = 24;

struct Span {
  std::string slot;
  std::size_t from;
  std::size_t to;
  std::string value;
};

struct Way {
  int words = 0;
  std::vector<Span> spans;
};

// Index: position between words; what is reachable has a way.
using Ways = std::vector<std::optional<Way>>;

void improve(std::optional<Way>& best, Way way) {
  if (!best || way.words > best->words) best = std::move(way);
}

class Sentence {
 public:
  Sentence(const agent::Script& script, const std::vector<std::string>& words, CalendarDay today)
      : script_(script), words_(words.data(), std::min(words.size(), kMostWords)), today_(today) {}

  // The best way through the pattern over any run of words.
  std::optional<Way> match(const PatternNode& pattern) {
    Ways start(words_.size() + 1, Way{});
    std::optional<Way> best;
    for (auto& way : pass(pattern, start)) {
      if (way) improve(best, std::move(*way));
    }
    return best;
  }

  FilledSlot filled(const Span& span) const {
    const Slot& slot = script_.slots.at(span.slot);
    const auto run = words_.subspan(span.from, span.to - span.from);
    std::string spoken = fmt::format("{}", fmt::join(run, " "));
    if (slot.kind == SlotKind::choice) {
      spoken = span.value;
    } else if (slot.kind == SlotKind::digits && spoken.find_first_of("0123456789") != std::string::npos) {
      // Written digits are read out one by one, not as a number of billions.
      spoken = fmt::format("{}", fmt::join(span.value, " "));
    }
    return {span.slot, std::move(spoken), span.value};
  }

  // The longest value of the slot that overlaps none of `taken`.
  std::optional<Span> find_elsewhere(const std::string& name, const std::vector<Span>& taken) {
    std::optional<Span> best;
    for (const auto& value : values(name)) {
      const bool free = std::ranges::none_of(
          taken, [&](const Span& other) { return value.from < other.to && other.from < value.to; });
      if (free && (!best || value.to - value.from > best->to - best->from)) best = value;
    }
    return best;
  }

 private:
  Ways pass(const PatternNode& node, const Ways& from) {
    switch (node.kind) {
      case PatternNode::Kind::word:
        return pass_word(node.text, from);
      case PatternNode::Kind::anything:
        return pass_anything(from);
      case PatternNode::Kind::slot:
        return pass_slot(node.text, from);
      case PatternNode::Kind::sequence: {
        Ways ways = from;
        for (const auto& child : node.children)
          ways = pass(child, ways);
        return ways;
      }
      case PatternNode::Kind::alternatives: {
        Ways ways(from.size());
        for (const auto& child : node.children)
          merge(pass(child, from), ways);
        return ways;
      }
      case PatternNode::Kind::optional: {
        Ways ways = pass(node.children.front(), from);
        merge(from, ways);
        return ways;
      }
    }
    return Ways(from.size());
  }

  static void merge(Ways from, Ways& into) {
    for (std::size_t i = 0; i < from.size(); ++i) {
      if (from[i]) improve(into[i], std::move(*from[i]));
    }
  }

  Ways pass_word(const std::string& word, const Ways& from) const {
    Ways ways(from.size());
    for (std::size_t i = 0; i < words_.size(); ++i) {
      if (!from[i] || words_[i] != word) continue;
      ways[i + 1] = from[i];
      ++ways[i + 1]->words;
    }
    return ways;
  }

  static Ways pass_anything(const Ways& from) {
    Ways ways = from;
    for (std::size_t i = 1; i < ways.size(); ++i) {
      if (ways[i - 1]) improve(ways[i], *ways[i - 1]);
    }
    return ways;
  }

  Ways pass_slot(const std::string& name, const Ways& from) {
    Ways ways(from.size());
    for (const auto& value : values(name)) {
      if (!from[value.from]) continue;
      Way way = *from[value.from];
      way.words += static_cast<int>(value.to - value.from);
      way.spans.push_back(value);
      improve(ways[value.to], std::move(way));
    }
    return ways;
  }

  // Every run of words that is a value of the slot; found once for a sentence.
  const std::vector<Span>& values(const std::string& name) {
    const auto [found, fresh] = values_.try_emplace(name);
    const auto slot = script_.slots.find(name);
    if (!fresh || slot == script_.slots.end()) return found->second;
    for (std::size_t from = 0; from < words_.size(); ++from) {
      for (std::size_t to = from + 1; to <= std::min(words_.size(), from + kMostSlotWords); ++to) {
        if (auto value = parse_slot(words_.subspan(from, to - from), slot->second, today_))
          found->second.push_back({name, from, to, std::move(*value)});
      }
    }
    return found->second;
  }

  const agent::Script& script_;
  WordSpan words_;
  CalendarDay today_;
  std::map<std::string, std::vector<Span>> values_;
};

void slots_in(const PatternNode& node, std::set<std::string>& names) {
  if (node.kind == PatternNode::Kind::slot) names.insert(node.text);
  for (const auto& child : node.children)
    slots_in(child, names);
}

// The trees of a rule: those its file's reader made, or, for a script made by hand, fresh ones.
std::vector<PatternNode> parsed_by_hand(const Rule& rule) {
  std::vector<PatternNode> out;
  for (const auto& pattern : rule.patterns) {
    if (auto parsed = agent::parse_pattern(pattern)) out.push_back(std::move(*parsed));
  }
  return out;
}

struct Best {
  const Rule* rule = nullptr;
  Way way;
};

void consider(const std::vector<Rule>& rules, Sentence& sentence, Best& best) {
  for (const auto& rule : rules) {
    const auto by_hand = rule.parsed.empty() ? parsed_by_hand(rule) : std::vector<PatternNode>();
    for (const auto& pattern : rule.parsed.empty() ? by_hand : rule.parsed) {
      auto way = sentence.match(pattern);
      if (way && (!best.rule || way->words > best.way.words)) best = {&rule, std::move(*way)};
    }
  }
}

}  // namespace

std::optional<RuleMatch> match_words(const agent::Script& script, const agent::Stage* stage,
                                     const std::vector<std::string>& words, CalendarDay today) {
  if (words.empty()) return std::nullopt;
  Sentence sentence(script, words, today);
  Best best;
  if (stage) consider(stage->rules, sentence, best);
  consider(script.anywhere, sentence, best);
  if (!best.rule) return std::nullopt;

  std::set<std::string> named;
  const auto by_hand = best.rule->parsed.empty() ? parsed_by_hand(*best.rule) : std::vector<PatternNode>();
  for (const auto& pattern : best.rule->parsed.empty() ? by_hand : best.rule->parsed)
    slots_in(pattern, named);
  auto& spans = best.way.spans;
  for (const auto& name : named) {
    if (std::ranges::find(spans, name, &Span::slot) != spans.end()) continue;
    if (auto span = sentence.find_elsewhere(name, spans)) spans.push_back(std::move(*span));
  }
  RuleMatch match{best.rule, best.way.words, {}};
  for (const auto& span : spans)
    match.slots.push_back(sentence.filled(span));
  return match;
}

std::optional<RuleMatch> match_keys(const agent::Script& script, const agent::Stage* stage,
                                    std::string_view keys, CalendarDay today) {
  const auto pressed = [&](const std::vector<Rule>& rules) -> const Rule* {
    for (const auto& rule : rules) {
      if (std::ranges::find(rule.keys, keys) != rule.keys.end()) return &rule;
    }
    return nullptr;
  };
  const Rule* rule = stage ? pressed(stage->rules) : nullptr;
  if (!rule) rule = pressed(script.anywhere);
  if (rule) return RuleMatch{rule, 0, {}};
  if (keys.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  auto match = match_words(script, stage, agent::words_of(keys), today);
  // A catch-all wants to hear a sentence; a wrong key is not one.
  return match && match->words > 0 ? match : std::nullopt;
}

}  // namespace parley::llm
