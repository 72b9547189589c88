// What was said in a call: the model's history, which holds only what the caller has heard, and the rows of
// the call log with the latencies of each turn. No I/O. One thread.
#pragma once

#include <string>
#include <vector>

#include "engine/agent_turn.hpp"
#include "engine/playout.hpp"
#include "engine/sample_clock.hpp"
#include "llm/chat_model.hpp"
#include "storage/call_store.hpp"

namespace parley::engine {

// The words of `text` that fit in `fraction` of its sound: whole words, from the front.
std::string words_heard(std::string_view text, double fraction);

class TurnLog {
 public:
  // `earlier`: said before this call began, in the same conversation; part of the history, no rows.
  explicit TurnLog(std::string call_id, std::vector<llm::Message> earlier = {})
      : call_id_(std::move(call_id)), history_(std::move(earlier)) {}

  // The caller has said something that is now answered. `replaces_last` when the words of the turn before,
  // never answered, are part of the text: that turn's row is used again.
  void begin_turn(llm::InputKind kind, std::string text, bool replaces_last);
  // What the caller said in the present turn, written down by a vendor while the answer goes on already.
  void set_caller_text(const std::string& text);
  // A fixed text of the agent: the greeting, or a notice within the present turn.
  void begin_fixed(std::string_view kind);

  // The reply is over, one way or the other. `heard` has the fractions of the segments the playout still
  // knew; others were heard to the end if they were begun at all.
  void end_reply(const AgentTurn& turn, const std::vector<Heard>& heard, bool interrupted);

  // The row of the present turn; the session fills in times.
  storage::TurnRecord& row() { return row_; }
  const std::vector<llm::Message>& history() const { return history_; }
  int turns() const { return number_; }

 private:
  void start_row(std::string kind);

  std::string call_id_;
  std::vector<llm::Message> history_;
  storage::TurnRecord row_;
  int number_ = 0;  // of the last turn begun
};

}  // namespace parley::engine
