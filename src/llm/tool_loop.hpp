// A chat model whose replies may use tools: what the inner model asks to be called is called, and the reply
// goes on with the results in its history, as one reply to whoever listens.
//
// Thread and lifetime: as ChatModel. The inner model and the runner outlive it; it outlives its replies.
#pragma once

#include "llm/tool_runner.hpp"

namespace parley::llm {

// A model that never stops calling is stopped after so many rounds; the reply ends with what was said.
inline constexpr int kMostToolRounds = 5;

class ToolLoop final : public ChatModel {
 public:
  ToolLoop(ChatModel& inner, ToolRunner& tools) : inner_(inner), tools_(tools) {}

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override {
    return inner_.prepare(agent, choice);
  }
  void warm(const ChatRequest& request) override { inner_.warm(request); }
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override;

 private:
  ChatModel& inner_;
  ToolRunner& tools_;
};

}  // namespace parley::llm
