// A chat model that does not fail while one of an agent's choices can answer. What had been said when one
// broke off stands in the history that the next one is asked with, so that no words are said twice.
//
// Options of a choice, in milliseconds: first_token_ms (to the first text, tool or action), stall_ms (between
// two).
//
// Thread and lifetime: one for each call, which it remembers: after a switch the following replies are the
// new choice's too. Ports, breakers and alarms outlive it; it outlives its replies. Everything on the call's
// shard.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "llm/chat_model.hpp"
#include "vendor/alarm.hpp"
#include "vendor/failover.hpp"

namespace parley::llm {

struct ChatLink {
  ChatModel& port;
  agent::ProviderChoice choice;
  vendor::CircuitBreaker* breaker = nullptr;  // nullptr: a local part, never broken
};

struct FailoverChatDeadlines {
  std::chrono::milliseconds first_token{4000};
  std::chrono::milliseconds stall{5000};
  // From the start, or the last useful piece: then no other try is begun.
  std::chrono::milliseconds give_up{8000};
};

class FailoverChat final : public ChatModel {
 public:
  // `links` in the agent's order, not empty.
  explicit FailoverChat(std::vector<ChatLink> links, FailoverChatDeadlines deadlines = {},
                        const vendor::Alarms& alarms = vendor::steady_alarms());

  // All of them, whatever choice is named. The first error.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  // The one that is likely to be asked.
  void warm(const ChatRequest& request) override;
  // The request's own choice is not looked at.
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override;

 private:
  class Reply;
  struct Mind {
    ChatModel& port;
    std::chrono::milliseconds first_token;
    std::chrono::milliseconds stall;
  };

  const FailoverChatDeadlines deadlines_;
  const vendor::Alarms& alarms_;
  std::optional<Error> bad_option_;
  std::vector<Mind> minds_;
  vendor::FailoverCourse course_;
};

}  // namespace parley::llm
