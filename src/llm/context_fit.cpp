#include "llm/context_fit.hpp"

#include <fmt/format.h>

#include "vendor/usage.hpp"

namespace parley::llm {
namespace {

// Roles and separators that every vendor's template puts round an entry.
constexpr std::int64_t kEntryOverhead = 4;

}  // namespace

std::int64_t estimate_tokens(const Message& entry) {
  std::int64_t tokens = kEntryOverhead + vendor::estimate_tokens(entry.text);
  for (const auto& [call, result] : entry.tools)
    tokens += 2 * kEntryOverhead + vendor::estimate_tokens(call.name) +
              vendor::estimate_tokens(call.arguments) + vendor::estimate_tokens(result);
  return tokens;
}

std::int64_t estimate_input(std::string_view prompt, std::span<const ToolSpec> tools,
                            std::span<const Message> history) {
  std::int64_t tokens = kEntryOverhead + vendor::estimate_tokens(prompt);
  for (const auto& tool : tools)
    tokens += kEntryOverhead + vendor::estimate_tokens(tool.name) +
              vendor::estimate_tokens(tool.description) + vendor::estimate_tokens(tool.parameters);
  for (const auto& entry : history)
    tokens += estimate_tokens(entry);
  return tokens;
}

Result<std::vector<Message>> fit_context(std::string_view prompt, std::span<const ToolSpec> tools,
                                         std::vector<Message> history, std::int64_t max_tokens) {
  std::int64_t tokens = estimate_input(prompt, tools, history);
  if (tokens <= max_tokens) return history;

  std::size_t last_caller = history.size();
  while (last_caller > 0 && history[last_caller - 1].role != Role::caller)
    --last_caller;
  const std::size_t keep_from = last_caller > 0 ? last_caller - 1 : 0;

  std::size_t cut = 0;
  while (cut < keep_from && (tokens > max_tokens || history[cut].role != Role::caller))
    tokens -= estimate_tokens(history[cut++]);
  if (tokens > max_tokens)
    return fail(
        Errc::invalid_argument,
        fmt::format("the prompt, the tools and the caller's last words are about {} tokens, more than option "
                    "max_context_tokens allows ({})",
                    tokens, max_tokens));
  history.erase(history.begin(), history.begin() + static_cast<std::ptrdiff_t>(cut));
  return history;
}

}  // namespace parley::llm
