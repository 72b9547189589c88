#include "app/vendors.hpp"

#include <fmt/format.h>

namespace parley::app {
namespace {

constexpr std::string_view kNone = "none";

template <class Port>
Result<std::shared_ptr<Port>> choose(const std::map<std::string, Port*, std::less<>>& table,
                                     const agent::AgentPtr& agent, std::string_view part,
                                     const agent::ProviderChoice& choice) {
  const std::string& provider = choice.provider;
  const auto found = table.find(provider);
  if (found != table.end()) {
    if (auto ready = found->second->prepare(agent, choice); !ready) {
      return fail(ready.error().code,
                  fmt::format("agent '{}', {}: {}", agent->name, part, ready.error().message));
    }
    return std::shared_ptr<Port>(std::shared_ptr<void>(), found->second);
  }
  std::string known;
  for (const auto& [name, port] : table)
    known += (known.empty() ? "" : ", ") + name;
  return fail(Errc::invalid_argument, fmt::format("agent '{}': {} provider '{}' is not known; there is {}",
                                                  agent->name, part, provider, known));
}

}  // namespace

Result<engine::Vendors> VendorTable::prepare(const agent::AgentPtr& agent) const {
  engine::Vendors vendors;
  if (agent->kind == agent::AgentKind::echo) return vendors;
  if (agent->stt.provider != kNone) {
    auto chosen = choose(stt, agent, "stt", agent->stt);
    if (!chosen) return fail(std::move(chosen.error()));
    vendors.stt = *chosen;
  }
  auto chosen_chat = choose(chat, agent, "llm", agent->llm);
  if (!chosen_chat) return fail(std::move(chosen_chat.error()));
  vendors.chat = *chosen_chat;
  auto chosen_tts = choose(tts, agent, "tts", agent->tts);
  if (!chosen_tts) return fail(std::move(chosen_tts.error()));
  vendors.tts = *chosen_tts;
  return vendors;
}

}  // namespace parley::app
