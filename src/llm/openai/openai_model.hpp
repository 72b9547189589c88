// The chat model of every server that speaks OpenAI's Chat Completions; openai_flavour.hpp lists them.
//
// Options of an agent's llm choice; docs/vendors.md tells more:
// - temperature, top_p, frequency_penalty, presence_penalty, seed: as the vendor has them
// - max_tokens: most tokens of an answer, hidden reasoning included
// - max_tokens_field: auto (by server and model, and the other one when it is refused), max_tokens, or
//   max_completion_tokens
// - reasoning_effort, verbosity, service_tier, prompt_cache_key: passed on as they are
// - stop: up to four texts, parted by |
// - parallel_tool_calls: true or false
// - stream_options: false does not ask for usage, for servers that refuse to be asked
// - base_url: another server of the kind; the key of the settings does not go there
// - key_env: the environment variable with the key; ends in _KEY or _TOKEN
// - api_version: azure
// - organization, project: openai
// - max_context_tokens: about so many of prompt, tools and history (16000); the oldest history is left out
//
// Thread: any number of calls on any shards at once. Lifetime: the clock outlives the model, the model its
// replies.
#pragma once

#include <map>
#include <string>

#include "base/clock.hpp"
#include "base/thread_annotations.hpp"
#include "llm/chat_model.hpp"
#include "llm/openai/openai_flavour.hpp"
#include "llm/openai/openai_request.hpp"
#include "vendor/account.hpp"

namespace parley::llm {

class OpenAiModel final : public ChatModel {
 public:
  // The account's url may be empty: then the flavour's own is used. The flavour lives as long as the program.
  OpenAiModel(const OpenAiFlavour& flavour, vendor::Account account, const Clock& clock);

  // Errc::permission_denied: no key. Errc::invalid_argument: no model, no address, or options that are wrong.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const ChatRequest& request) override;
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override;

 private:
  friend class OpenAiDialect;
  struct Setup {
    OpenAiOptions options;
    vendor::Account account;
  };

  Result<Setup> set_up(const agent::ProviderChoice& choice) const;
  CapField cap_field(const Setup& setup, const std::string& model) const;
  void remember(const std::string& account_and_model, CapField field);

  const OpenAiFlavour& flavour_;
  const vendor::Account account_;
  const Clock& clock_;
  mutable Mutex mutex_;
  // What servers turned out to want, by account and model.
  std::map<std::string, CapField, std::less<>> learned_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace parley::llm
