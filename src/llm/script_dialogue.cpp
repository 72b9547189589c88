#include "llm/script_dialogue.hpp"

#include "llm/script_matcher.hpp"

namespace parley::llm {
namespace {

// {slot} becomes what the caller said for it; of a slot not heard yet nothing is said.
std::string filled_in(std::string_view text, const std::map<std::string, std::string>& spoken) {
  std::string out;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t open = text.find('{', at);
    const std::size_t close = open == std::string_view::npos ? open : text.find('}', open);
    if (close == std::string_view::npos) break;
    out += text.substr(at, open - at);
    const auto slot = spoken.find(std::string(text.substr(open + 1, close - open - 1)));
    if (slot != spoken.end()) out += slot->second;
    at = close + 1;
  }
  out += text.substr(at);
  // A reply may begin with a slot: "monday is fine".
  if (!out.empty() && !text.empty() && text[0] == '{' && out[0] >= 'a' && out[0] <= 'z')
    out[0] = static_cast<char>(out[0] - 'a' + 'A');
  return out;
}

DialogueAnswer answer_miss(const agent::Script& script, const agent::Stage* stage, DialogueState& state) {
  DialogueAnswer answer;
  ++state.misses;
  if (script.escalate_after > 0 && state.misses >= script.escalate_after) {
    state.misses = 0;
    answer.reply = filled_in(script.escalate_reply, state.spoken);
    answer.actions.emplace_back(Escalate{"not understood"});
    return answer;
  }
  answer.reply =
      filled_in(stage && !stage->fallback.empty() ? stage->fallback : script.fallback, state.spoken);
  return answer;
}

}  // namespace

DialogueAnswer answer_entry(const agent::Script& script, const Message& entry, CalendarDay today,
                            DialogueState& state) {
  if (state.stage.empty()) state.stage = script.first_stage;
  const auto found = script.stages.find(state.stage);
  const agent::Stage* stage = found == script.stages.end() ? nullptr : &found->second;

  std::optional<RuleMatch> match;
  if (entry.kind == InputKind::speech) match = match_words(script, stage, agent::words_of(entry.text), today);
  if (entry.kind == InputKind::dtmf) match = match_keys(script, stage, entry.text, today);
  if (!match) return answer_miss(script, stage, state);

  state.misses = 0;
  DialogueAnswer answer;
  for (auto& slot : match->slots) {
    state.spoken[slot.name] = std::move(slot.spoken);
    answer.actions.emplace_back(SlotFilled{std::move(slot.name), std::move(slot.value)});
  }
  const agent::Rule& rule = *match->rule;
  if (!rule.go_to.empty() && rule.go_to != state.stage) {
    state.stage = rule.go_to;
    answer.actions.emplace_back(StageChanged{state.stage});
  }
  if (rule.escalate) answer.actions.emplace_back(Escalate{"asked for by the caller"});
  if (rule.end_call) answer.actions.emplace_back(EndCall{});
  answer.reply = filled_in(rule.reply, state.spoken);
  return answer;
}

DialogueAnswer answer_history(const agent::Script& script, std::span<const Message> history,
                              CalendarDay today) {
  DialogueState state;
  DialogueAnswer answer;
  for (const auto& entry : history) {
    if (entry.role == Role::caller) answer = answer_entry(script, entry, today, state);
  }
  return answer;
}

}  // namespace parley::llm
