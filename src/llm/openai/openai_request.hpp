// What is asked of a Chat Completions server: the agent's options and the conversation as address, headers
// and body. Pure but for own_account.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "llm/chat_model.hpp"
#include "llm/openai/openai_flavour.hpp"
#include "net/http_client.hpp"
#include "vendor/account.hpp"

namespace parley::llm {

struct OpenAiOptions {
  std::optional<double> temperature;
  std::optional<double> top_p;
  std::optional<double> frequency_penalty;
  std::optional<double> presence_penalty;
  std::int64_t max_tokens = 0;  // 0: the model's own
  std::optional<CapField> cap_field;
  std::optional<bool> parallel_tool_calls;
  std::optional<bool> stream_options;
  std::optional<std::int64_t> seed;
  std::string reasoning_effort;
  std::string verbosity;
  std::string service_tier;
  std::string prompt_cache_key;
  std::string api_version;
  std::string organization;
  std::string project;
  std::vector<std::string> stop;  // at most 4
  std::string base_url;
  std::string key_env;
  std::int64_t max_context_tokens = 16'000;
};

// Errc::invalid_argument: an option that is wrong or unknown.
Result<OpenAiOptions> read_openai_options(const agent::ProviderChoice& choice);

// …/chat/completions. Azure: with the deployment (the model) in the path unless the address is of its newer
// /openai/v1 form or has a deployment already, and with api-version.
std::string openai_address(const OpenAiFlavour& flavour, std::string_view base, std::string_view model,
                           const OpenAiOptions& options);
net::HeaderList openai_headers(const OpenAiFlavour& flavour, const vendor::Account& account,
                               const OpenAiOptions& options);
// `history`: what is left of the request's own after fit_context.
std::string openai_body(const OpenAiFlavour& flavour, const OpenAiOptions& options, CapField cap,
                        const ChatRequest& request, const std::vector<Message>& history);

}  // namespace parley::llm
