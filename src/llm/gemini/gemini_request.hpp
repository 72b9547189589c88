// What is asked of Gemini: the agent's options and the conversation as address and body. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat_model.hpp"

namespace parley::llm {

struct GeminiOptions {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<std::int64_t> top_k;
  std::optional<std::int64_t> seed;
  std::int64_t max_tokens = 0;                  // 0: the model's own
  std::optional<std::int64_t> thinking_budget;  // tokens; 0: off
  std::string thinking_level;                   // MINIMAL …
  std::string safety;                           // a threshold for all categories
  std::string base_url;
  std::string key_env;
  std::int64_t max_context_tokens = 16'000;
};

// Errc::invalid_argument: an option that is wrong or unknown.
Result<GeminiOptions> read_gemini_options(const agent::ProviderChoice& choice);

// …/v1beta/models/{model}:streamGenerateContent?alt=sse; the version is added to an address that has no path.
std::string gemini_address(std::string_view base, std::string_view model);

// How little a model can think, unless the options say otherwise: it dominates the time to the first word.
enum class Thinking { least, unsaid };
std::string gemini_body(const GeminiOptions& options, const ChatRequest& request,
                        const std::vector<Message>& history, Thinking thinking);

// Ids that we gave to calls which came without; they are not sent back.
inline constexpr std::string_view kGivenCallId = "parley_call_";
// How ToolCall::opaque of our own calls begins; the thought signature follows.
inline constexpr std::string_view kGeminiOpaque = "gemini:";

}  // namespace parley::llm
