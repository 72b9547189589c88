// The port to chat models: the conversation so far in, text and actions out, as they are made.
//
// Thread: everything on the call's shard, listener calls too. Lifetime: ChatModel outlives its replies;
// destroying a reply cancels it and no listener call comes afterwards; listener calls never come from inside
// start().
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "agent/agent.hpp"
#include "async/task.hpp"
#include "base/log.hpp"
#include "base/result.hpp"

namespace parley::llm {

enum class Role { caller, agent };

enum class InputKind {
  speech,          // the caller's words
  dtmf,            // keys; text holds them
  not_understood,  // the caller spoke, the recogniser rejected it; text is empty
};

// One entry of the history. An agent's entry holds only what the caller has heard of it.
struct Message {
  Role role = Role::caller;
  std::string text;
  InputKind kind = InputKind::speech;  // of a caller's entry
};

struct ChatRequest {
  async::Executor executor;  // the call's shard
  agent::AgentPtr agent;
  std::vector<Message> history;  // ends with a caller's entry
  log::Logger log;
};

// What a model asks for besides speaking. Carried out once the reply's words have been heard.
struct EndCall {};
struct Escalate {
  std::string reason;
};
// Told for the log and the live view; nothing to do.
struct StageChanged {
  std::string stage;
};
struct SlotFilled {
  std::string name;
  std::string value;
};
using ChatAction = std::variant<EndCall, Escalate, StageChanged, SlotFilled>;

class ChatListener {
 public:
  virtual ~ChatListener() = default;
  virtual void on_reply_text(std::string_view delta) = 0;
  virtual void on_reply_action(ChatAction action) = 0;
  virtual void on_reply_end() = 0;                // last call of a reply
  virtual void on_reply_failed(Error error) = 0;  // last call of a reply
};

class ChatReply {
 public:
  virtual ~ChatReply() = default;
};

class ChatModel {
 public:
  virtual ~ChatModel() = default;
  // The agent can be answered for: its script is sound, its model is reachable in principle. Blocking.
  virtual Result<void> prepare(const agent::AgentPtr& agent) = 0;
  virtual std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) = 0;
};

}  // namespace parley::llm
