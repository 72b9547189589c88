#include "llm/openai/openai_flavour.hpp"

#include <algorithm>
#include <array>

namespace parley::llm {
namespace {

using Auth = OpenAiFlavour::Auth;
using Cap = OpenAiFlavour::Cap;

constexpr std::array<OpenAiFlavour, 11> kFlavours = {{
    {.name = "openai",
     .url = "https://api.openai.com/v1",
     .key_setting = "OPENAI_API_KEY",
     .cap = Cap::max_completion_tokens},
    {.name = "azure",
     .url = "",
     .key_setting = "AZURE_OPENAI_API_KEY",
     .auth = Auth::api_key_header,
     .azure = true},
    {.name = "groq",
     .url = "https://api.groq.com/openai/v1",
     .key_setting = "GROQ_API_KEY",
     .cap = Cap::max_completion_tokens},
    {.name = "openrouter",
     .url = "https://openrouter.ai/api/v1",
     .key_setting = "OPENROUTER_API_KEY",
     .cap = Cap::max_tokens},
    {.name = "sarvam",
     .url = "https://api.sarvam.ai/v1",
     .key_setting = "SARVAM_API_KEY",
     .auth = Auth::subscription_header,
     .cap = Cap::max_tokens,
     .stream_options = false},
    {.name = "gemini-compat",
     .url = "https://generativelanguage.googleapis.com/v1beta/openai",
     .key_setting = "GEMINI_API_KEY",
     .cap = Cap::max_tokens},
    {.name = "ollama",
     .url = "http://127.0.0.1:11434/v1",
     .key_setting = "OLLAMA_API_KEY",
     .key_needed = false,
     .cap = Cap::max_tokens,
     .slow_start = true},
    {.name = "vllm",
     .url = "http://127.0.0.1:8000/v1",
     .key_setting = "VLLM_API_KEY",
     .key_needed = false,
     .cap = Cap::max_tokens},
    {.name = "llamacpp",
     .url = "http://127.0.0.1:8080/v1",
     .key_setting = "LLAMA_API_KEY",
     .key_needed = false,
     .cap = Cap::max_tokens,
     .slow_start = true},
    {.name = "lmstudio",
     .url = "http://127.0.0.1:1234/v1",
     .key_setting = "LMSTUDIO_API_KEY",
     .key_needed = false,
     .cap = Cap::max_tokens,
     .slow_start = true},
    {.name = "compatible", .url = "", .key_setting = "COMPATIBLE_API_KEY", .key_needed = false},
}};

// "o3-mini", "gpt-5.1", "openai/gpt-6-luna"; not "gpt-4o", "gpt-oss-20b" or "olmo".
bool refuses_max_tokens(std::string_view model) {
  if (const auto slash = model.rfind('/'); slash != std::string_view::npos) model.remove_prefix(slash + 1);
  const auto figure = [&](std::size_t at) {
    return model.size() > at && model[at] >= '0' && model[at] <= '9';
  };
  if (model.starts_with("gpt-") && figure(4)) return model[4] >= '5' || figure(5);
  return model.starts_with('o') && figure(1);
}

}  // namespace

std::string_view to_string(CapField field) {
  return field == CapField::max_tokens ? "max_tokens" : "max_completion_tokens";
}

std::span<const OpenAiFlavour> openai_flavours() {
  return kFlavours;
}

const OpenAiFlavour* find_openai_flavour(std::string_view name) {
  const auto* found = std::ranges::find(kFlavours, name, &OpenAiFlavour::name);
  return found == kFlavours.end() ? nullptr : found;
}

CapField guess_cap_field(const OpenAiFlavour& flavour, std::string_view model) {
  if (flavour.cap == Cap::max_tokens) return CapField::max_tokens;
  if (flavour.cap == Cap::max_completion_tokens || refuses_max_tokens(model))
    return CapField::max_completion_tokens;
  return CapField::max_tokens;
}

}  // namespace parley::llm
