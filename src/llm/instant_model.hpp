// The chat model "instant", for measuring: twenty words at once, whatever was said.
#pragma once

#include "llm/chat_model.hpp"

namespace parley::llm {

class InstantModel final : public ChatModel {
 public:
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override;
};

}  // namespace parley::llm
