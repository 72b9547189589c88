// The servers that speak OpenAI's Chat Completions, and in what they differ, as data. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace parley::llm {

// Which of the two names of the same limit a server takes.
enum class CapField { max_tokens, max_completion_tokens };
std::string_view to_string(CapField field);

struct OpenAiFlavour {
  enum class Auth { bearer, api_key_header, subscription_header };
  enum class Cap { by_model, max_tokens, max_completion_tokens };

  std::string_view name;         // the provider in an agent file
  std::string_view url;          // empty: has to be said
  std::string_view key_setting;  // what the key is usually called
  bool key_needed = true;
  Auth auth = Auth::bearer;
  Cap cap = Cap::by_model;
  bool stream_options = true;  // knows stream_options.include_usage
  bool azure = false;          // deployments in the path, api-version in the query
  bool slow_start = false;     // loads the model at the first request: minutes
};

std::span<const OpenAiFlavour> openai_flavours();
// nullptr: none of that name.
const OpenAiFlavour* find_openai_flavour(std::string_view name);

// The first guess; a server that refuses it is asked with the other one. OpenAI's reasoning models (o1 …,
// gpt-5 …) refuse max_tokens, compatible servers often do not know max_completion_tokens.
CapField guess_cap_field(const OpenAiFlavour& flavour, std::string_view model);

}  // namespace parley::llm
