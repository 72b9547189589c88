// The port to chat models: the conversation so far in, text and actions out, as they are made.
//
// Thread: everything on the call's shard, listener calls too. Lifetime: ChatModel outlives its replies;
// destroying a reply cancels it and no listener call comes afterwards; listener calls never come from inside
// start().
#pragma once

#include <chrono>
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
#include "vendor/usage.hpp"

namespace parley::llm {

enum class Role { caller, agent };

enum class InputKind {
  speech,          // the caller's words
  dtmf,            // keys; text holds them
  not_understood,  // the caller spoke, the recogniser rejected it; text is empty
};

// A function the model wants called (agent::Tool, or one of the built-in ones).
struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;  // JSON text as the model wrote it; may be invalid
  std::string opaque;     // of the adapter that made it: some vendors want it back unchanged
};
struct ToolExchange {
  ToolCall call;
  std::string result;
};

// One entry of the history. An agent's entry holds only what the caller has heard of it.
struct Message {
  Role role = Role::caller;
  std::string text;
  InputKind kind = InputKind::speech;  // of a caller's entry
  // Of an agent's entry: called after `text` was said; their results stand before the next entry.
  std::vector<ToolExchange> tools{};
};

// What the model may call, as vendors want to have it told.
struct ToolSpec {
  std::string name;
  std::string description;
  std::string parameters;  // JSON Schema of an object, as JSON text
};

struct ChatRequest {
  async::Executor executor;  // the call's shard
  agent::AgentPtr agent;
  agent::ProviderChoice choice;  // the agent's own, or one of its fallbacks
  // Ends with a caller's entry, or with an agent's: then the reply goes on from there (after tools, or
  // because another model broke off in the middle: `text` has been said already and must not come again).
  std::vector<Message> history;
  std::vector<ToolSpec> tools;
  log::Logger log;
  vendor::Observer& observer;
  std::string call_id{};  // the same for all replies of a call; empty: outside any call
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
// A tool was called and has answered; part of the history from now on.
struct ToolUsed {
  ToolExchange exchange;
  bool failed = false;
  std::chrono::milliseconds took{0};
};
using ChatAction = std::variant<EndCall, Escalate, StageChanged, SlotFilled, ToolUsed>;

class ChatListener {
 public:
  virtual ~ChatListener() = default;
  virtual void on_reply_text(std::string_view delta) = 0;
  virtual void on_reply_action(ChatAction action) = 0;
  // Whole; the reply ends after the last of them, and goes on in another one that has the results in its
  // history.
  virtual void on_reply_tool_call(ToolCall call) = 0;
  virtual void on_reply_end() = 0;                              // last call of a reply
  virtual void on_reply_failed(vendor::VendorError error) = 0;  // last call of a reply
};

class ChatReply {
 public:
  virtual ~ChatReply() = default;
};

class ChatModel {
 public:
  virtual ~ChatModel() = default;
  // The agent can be answered for: its script is sound, its model is reachable in principle. Blocking.
  virtual Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) = 0;
  // A request like this one is coming (its history is not known yet): open what it needs in the background.
  virtual void warm(const ChatRequest&) {}
  virtual std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) = 0;
};

}  // namespace parley::llm
