// Agent files of any bytes: no crash, no exception, and an accepted agent keeps the reader's promises.
#include <cstdlib>
#include <string_view>

#include "agent/agent_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parley::agent::parse_agent(text, "fuzz.yaml");
  if (!parsed) {
    if (parsed.error().message.empty()) std::abort();
    return 0;
  }
  const auto& script = (*parsed)->script;
  for (const auto& [name, stage] : script.stages) {
    for (const auto& rule : stage.rules) {
      if (rule.parsed.size() != rule.patterns.size()) std::abort();
      if (!rule.go_to.empty() && !script.stages.contains(rule.go_to)) std::abort();
    }
  }
  return 0;
}
