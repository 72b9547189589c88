#include "engine/turn_log.hpp"

#include <algorithm>
#include <utility>

namespace parley::engine {
namespace {

std::string_view kind_name(llm::InputKind kind) {
  switch (kind) {
    case llm::InputKind::speech:
      return "speech";
    case llm::InputKind::dtmf:
      return "dtmf";
    case llm::InputKind::not_understood:
      return "not_understood";
  }
  return "speech";
}

void append_sentence(std::string& text, std::string_view sentence) {
  if (sentence.empty()) return;
  if (!text.empty()) text += ' ';
  text += sentence;
}

// A model's paragraphs are for the eye; what was said is one line.
std::string as_one_line(std::string_view text) {
  std::string line;
  bool space = false;
  for (const char c : text) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
      space = !line.empty();
      continue;
    }
    if (std::exchange(space, false)) line += ' ';
    line += c;
  }
  return line;
}

}  // namespace

std::string words_heard(std::string_view text, double fraction) {
  if (fraction >= 1) return std::string(text);
  const auto limit = static_cast<std::size_t>(static_cast<double>(text.size()) * std::max(0.0, fraction));
  // A word counts once all of it fits: claiming less than was heard is the harmless side.
  std::size_t end = 0;
  for (std::size_t at = 0; at <= limit && at < text.size(); ++at) {
    if (text[at] == ' ') end = at;
  }
  return std::string(text.substr(0, end));
}

void TurnLog::start_row(std::string kind) {
  row_ = {};
  row_.call_id = call_id_;
  row_.number = number_;
  row_.input_kind = std::move(kind);
}

void TurnLog::begin_turn(llm::InputKind kind, std::string text, bool replaces_last) {
  const bool replace = replaces_last && !history_.empty() && history_.back().role == llm::Role::caller;
  if (replace) {
    history_.pop_back();
  } else {
    ++number_;
  }
  start_row(std::string(kind_name(kind)));
  row_.caller_text = text;
  history_.push_back({llm::Role::caller, std::move(text), kind});
}

void TurnLog::set_caller_text(const std::string& text) {
  row_.caller_text = text;
  for (auto entry = history_.rbegin(); entry != history_.rend(); ++entry) {
    if (entry->role != llm::Role::caller) continue;
    entry->text = text;
    return;
  }
}

void TurnLog::begin_fixed(std::string_view kind) {
  if (kind != "greeting") ++number_;
  start_row(std::string(kind));
}

void TurnLog::end_reply(const AgentTurn& turn, const std::vector<Heard>& heard, bool interrupted) {
  std::string heard_text;
  bool all_heard = true;
  for (std::size_t i = 0; i < turn.sentences().size(); ++i) {
    const SpokenSentence& sentence = turn.sentences()[i];
    // Begun and not known to the playout any more: heard to the end.
    double fraction = !interrupted || i < turn.begun() ? 1 : 0;
    for (const Heard& part : heard) {
      if (part.segment == sentence.segment) fraction = part.fraction;
    }
    all_heard = all_heard && fraction >= 1;
    if (!sentence.filler) append_sentence(heard_text, words_heard(sentence.text, fraction));
  }
  row_.agent_text = as_one_line(turn.text());
  row_.agent_heard = interrupted ? heard_text : row_.agent_text;
  row_.interrupted = interrupted && (!all_heard || !turn.generated());
  if (!turn.tools().empty()) history_.push_back({llm::Role::agent, "", llm::InputKind::speech, turn.tools()});
  if (!row_.agent_heard.empty())
    history_.push_back({llm::Role::agent, row_.agent_heard, llm::InputKind::speech});
}

}  // namespace parley::engine
