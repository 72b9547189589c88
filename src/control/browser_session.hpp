// Inside this room only: what was said in the calls of a session, read from the call log.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat_model.hpp"
#include "storage/call_store.hpp"

namespace parley::control {

// Does a conversation that ended like this go on when its caller comes back? Not one that the agent has
// ended.
bool was_broken_off(storage::CallStatus status, std::string_view reason);

// The caller's words, and of the agent's what was heard.
std::vector<llm::Message> messages_of(const std::vector<storage::TurnRecord>& turns);

// Nothing: there is none, or the log cannot be asked. Blocking.
std::optional<storage::CallSummary> newest_call(storage::CallStore& calls, const std::string& workspace,
                                                const std::string& session);

struct LoggedConversation {
  std::vector<llm::Message> said;
  std::string variables;  // of its last call, as the log has them
};
// Of the last calls, one after another, each of which was taken up within that time after the one before;
// nothing when the last of them has ended otherwise or longer ago. Blocking.
LoggedConversation logged_conversation(storage::CallStore& calls, const std::string& workspace,
                                       const std::string& session, storage::WallMillis now,
                                       std::chrono::milliseconds within);

}  // namespace parley::control
