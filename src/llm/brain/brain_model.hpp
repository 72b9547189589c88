// The chat model "brain": a program of the user's own behind a WebSocket, by docs/brain-protocol.md.
//
// | Option | Meaning |
// |---|---|
// | url | where the brain is; without it the setting BRAIN_URL. The key of the settings does not go there |
// | key_env | the environment variable with the key; ends in _KEY or _TOKEN |
// | max_context_tokens | about so many tokens of prompt and history, 16000; the oldest history is left out |
// | any other | passed on to the brain |
//
// Thread: any number of calls on any shards at once. Lifetime: outlives its replies; destroyed when the
// shards that used it have stopped (vendor::SocketPool).
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>

#include "base/clock.hpp"
#include "llm/brain/brain_protocol.hpp"
#include "llm/chat_model.hpp"
#include "vendor/account.hpp"
#include "vendor/socket_pool.hpp"

namespace parley::llm {

class BrainModel final : public ChatModel {
 public:
  // `silence`: between two messages of a turn. The clock outlives the model.
  BrainModel(vendor::Account account, const Clock& clock,
             std::chrono::milliseconds silence = std::chrono::seconds(30));

  // Errc::invalid_argument: no address, or an option that is wrong. Errc::permission_denied: key_env is not
  // set.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const ChatRequest& request) override;
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override;

 private:
  friend class BrainReply;
  struct Setup {
    BrainOptions options;
    vendor::Account account;
  };

  Result<Setup> set_up(const agent::ProviderChoice& choice) const;

  const vendor::Account account_;
  const Clock& clock_;
  const std::chrono::milliseconds silence_;
  vendor::SocketPool pool_;
  // Unique for the process, so that what is late on a pooled socket is of no turn that is under way.
  std::atomic<std::uint64_t> next_turn_{1};
};

}  // namespace parley::llm
