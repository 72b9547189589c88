// The chat model "script": answers by the rules of the agent file, the same way every time. Without state of
// its own: any number of calls on any shards at once.
//
// Option utc_offset ("+05:30") says whose calendar "today" is; without it the server's own time zone.
#pragma once

#include "base/clock.hpp"
#include "llm/chat_model.hpp"
#include "llm/slot_values.hpp"

namespace parley::llm {

class ScriptModel final : public ChatModel {
 public:
  // The clock outlives the model.
  explicit ScriptModel(const Clock& clock) : clock_(clock) {}

  // Errors: the script has no stage, or utc_offset cannot be read.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  // Fails (through the listener) when the history does not end with the caller.
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override;

 private:
  const Clock& clock_;
};

// The calendar day at a moment: "+05:30" from UTC, or by the machine's time zone when the offset is empty.
Result<CalendarDay> day_at(WallTime when, std::string_view utc_offset);

}  // namespace parley::llm
