// The chat model of Google Gemini.
//
// | Option | Meaning |
// |---|---|
// | temperature, top_p, top_k, seed | as the vendor has them; not sent unless said |
// | max_tokens | most tokens of an answer, hidden thinking included |
// | thinking_budget | tokens of thought; 0: none, -1: as the model likes |
// | thinking_level | MINIMAL, LOW, MEDIUM or HIGH, for generation 3 on |
// | safety | one threshold for all categories, as BLOCK_ONLY_HIGH |
// | base_url | another server of the kind; the key of the settings does not go there |
// | key_env | the environment variable with the key; ends in _KEY or _TOKEN |
// | max_context_tokens | about so many tokens of prompt, tools and history, 16000; the oldest history is left
// out |
//
// Unless the options say otherwise the model is told to think as little as it can; one that does not know how
// is asked again without, and remembered.
//
// Thread: any number of calls on any shards at once. Lifetime: the model outlives its replies.
#pragma once

#include <set>
#include <string>

#include "base/thread_annotations.hpp"
#include "llm/chat_model.hpp"
#include "llm/gemini/gemini_request.hpp"
#include "vendor/account.hpp"

namespace parley::llm {

class GeminiModel final : public ChatModel {
 public:
  // An empty url is Google's own.
  explicit GeminiModel(vendor::Account account);

  // Errc::permission_denied: no key. Errc::invalid_argument: no model, or options that are wrong.
  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  void warm(const ChatRequest& request) override;
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override;

 private:
  friend class GeminiDialect;
  struct Setup {
    GeminiOptions options;
    vendor::Account account;
  };

  Result<Setup> set_up(const agent::ProviderChoice& choice) const;
  bool thinks_by_itself(const std::string& model) const;
  void remember_thinks_by_itself(const std::string& model);

  const vendor::Account account_;
  mutable Mutex mutex_;
  std::set<std::string, std::less<>> no_thinking_config_ PARLEY_GUARDED_BY(mutex_);
};

}  // namespace parley::llm
