// Inside this room only: a chat's session as the database has it and as a model reads it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>

#include "async/signal.hpp"
#include "control/chat.hpp"
#include "engine/call.hpp"
#include "llm/chat_model.hpp"
#include "storage/redaction.hpp"

namespace parley::control {

// A session in memory while somebody talks in it.
struct ChatSession {
  explicit ChatSession(async::Executor executor) : saved(executor) {}
  storage::SessionRecord record;
  ReadyAgentPtr agent;  // null: not loaded yet
  engine::Vendors vendors;
  std::vector<llm::Message> history;
  storage::RedactionKinds redaction;  // of what is stored, not of what the model reads
  SteadyTime last_used;
  bool busy = false;     // a turn is under way
  bool saving = false;   // … and only its rows are still to be written
  bool awaited = false;  // somebody waits for that: one at a time, because a Signal has one waiter
  async::Signal saved;
};

// What became of a turn, to be stored.
struct ChatTurnWords {
  std::string first_message;
  std::string message;
  std::string metadata;
  std::string reply;
  std::vector<llm::ToolExchange> tools;
  boost::json::array actions;  // {"type": …, "data": {…}}
  bool answered = false;       // there is a reply, though it may be empty
  bool interrupted = false;
};

Result<void> check_chat_input(const ChatInput& input, const ChatOptions& options);

struct LoadedChat {
  storage::SessionRecord session;
  storage::RedactionKinds redaction;
  // Not set when the session is already known with as many messages.
  ReadyAgentPtr agent;
  std::vector<llm::Message> history;
};
// Finds the session or begins it with the agent's present configuration. Blocking. `known_messages`: of the
// session in memory; -1: there is none.
Result<LoadedChat> load_chat(storage::ControlStore& store, const AgentDirectory& agents,
                             const ChatInput& input, const ChatOptions& options, int known_messages,
                             storage::WallMillis now);

std::vector<storage::ChatMessageRecord> records_of(const storage::SessionRecord& session,
                                                   const ChatTurnWords& words, storage::WallMillis now);
// What is stored of them.
void redact_records(std::vector<storage::ChatMessageRecord>& records, const storage::RedactionKinds& kinds);
// Stores a turn; blocking.
Result<void> store_chat_turn(storage::ControlStore& store, const storage::SessionRecord& session,
                             const std::vector<storage::ChatMessageRecord>& records, bool ended,
                             storage::WallMillis now);
// As a model reads them.
void append_history(const std::vector<storage::ChatMessageRecord>& records,
                    std::vector<llm::Message>& history);

}  // namespace parley::control
