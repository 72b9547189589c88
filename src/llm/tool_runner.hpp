// Runs the tools that a model asks for: the agent's HTTP calls, and the built-in ones end_call and
// transfer_to_human. Used by the tool loop around chat models and by voice models.
//
// Thread: the executor's. Lifetime: destroying a run cancels it, `done` is not called afterwards; `done`
// never comes from inside start().
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "llm/chat_model.hpp"
#include "net/address_policy.hpp"

namespace parley::llm {

// What an agent's model may call: its own tools and the built-in ones.
std::vector<ToolSpec> offered_tools(const agent::Agent& agent);

struct ToolOutcome {
  std::vector<ToolUsed> used;       // in the order of the calls; every call has an answer for the model
  std::vector<ChatAction> actions;  // EndCall, Escalate
  // Nothing that the model has to hear of was called: the reply need not go on.
  bool only_actions = false;
};

class ToolRun {
 public:
  virtual ~ToolRun() = default;
};

struct ToolRequest {
  async::Executor executor;  // the call's shard
  agent::AgentPtr agent;
  std::vector<ToolCall> calls;  // run together
  log::Logger log;
};

class ToolRunner {
 public:
  virtual ~ToolRunner() = default;
  // What is to be said while these calls are under way; empty: nothing.
  virtual std::string words_for(const agent::Agent& agent, const std::vector<ToolCall>& calls) const = 0;
  virtual std::unique_ptr<ToolRun> start(ToolRequest request, std::function<void(ToolOutcome)> done) = 0;
};

// Over net::http_client of the executor's loop. `policy`: which machines an agent's tools may reach; nullptr:
// any.
std::unique_ptr<ToolRunner> make_http_tool_runner(std::shared_ptr<const net::AddressPolicy> policy = nullptr);

}  // namespace parley::llm
