#include "app/vendors.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "llm/failover_chat.hpp"
#include "llm/tool_loop.hpp"
#include "speech/failover_stt.hpp"
#include "speech/failover_tts.hpp"
#include "vendor/failover.hpp"

namespace parley::app {
namespace {

constexpr std::string_view kNone = "none";
// It needs nobody: what speaks when no vendor does.
constexpr std::string_view kLastVoice = "local";

agent::ProviderChoice local_choice() {
  agent::ProviderChoice choice;
  choice.provider = kLastVoice;
  return choice;
}

// A call's own decorator together with what it decorates.
template <class Outer, class Inner>
struct Around {
  std::shared_ptr<Inner> inner;
  Outer outer;
};

template <class Port>
std::shared_ptr<Port> shared_part(Port* port) {
  return {std::shared_ptr<void>(), port};
}

// The choices as a failover wants them.
template <class Link, class Choices>
std::vector<Link> links_of(const Choices& choices) {
  std::vector<Link> links;
  links.reserve(choices.size() + 1);
  for (const auto& choice : choices)
    links.push_back({*choice.port, choice.choice, choice.breaker});
  return links;
}

}  // namespace

template <class Port>
Result<void> AgentVendors::add(const Providers<Port>& providers, std::string_view part,
                               const agent::ProviderChoice& choice, std::vector<Choice<Port>>& into) {
  const auto found = providers.find(choice.provider);
  if (found == providers.end()) {
    return fail(Errc::invalid_argument,
                fmt::format("agent '{}': {} provider '{}' is not known; there is {}", agent_->name, part,
                            choice.provider, names_of(providers)));
  }
  const Provider<Port>& provider = found->second;
  // What the failover reads is unknown to the adapter.
  auto own =
      vendor::without_failover_options(vendor::parse_part(part).value_or(vendor::Part::carrier), choice);
  const auto ready = own ? provider.port->prepare(agent_, *own) : Result<void>(fail(std::move(own.error())));
  if (!ready) {
    return fail(ready.error().code,
                fmt::format("agent '{}', {}: {}", agent_->name, part, ready.error().message));
  }
  vendor::CircuitBreaker* breaker =
      provider.account.empty()
          ? nullptr
          : &parts_.breakers.of(fmt::format("{}/{}/{}", part, provider.account, choice.model));
  into.push_back({provider.port, choice, breaker});
  for (const agent::ProviderChoice& fallback : choice.fallbacks) {
    auto added = add(providers, part, fallback, into);
    if (!added && added.error().code != Errc::permission_denied) return added;
    // A vendor that one has no key for yet is no reason not to answer.
    if (!added) left_out_.push_back(added.error().message + "; the fallback is left out");
  }
  return {};
}

Result<AgentVendors> AgentVendors::prepare(const VendorTable& table, CallParts parts, agent::AgentPtr agent) {
  AgentVendors made(parts, std::move(agent));
  const agent::Agent& wanted = *made.agent_;
  if (wanted.kind == agent::AgentKind::echo) return made;
  // Whoever mends an agent wants to know of all its parts at once.
  std::optional<Error> wrong;
  const auto note = [&](const Result<void>& added) {
    if (added) return;
    if (wrong) wrong->message += "; " + added.error().message;
    if (!wrong) wrong = added.error();
  };
  if (wanted.kind == agent::AgentKind::realtime) {
    note(made.add(table.voice, "sts", wanted.sts, made.voices_));
  } else {
    if (wanted.stt.provider != kNone) note(made.add(table.stt, "stt", wanted.stt, made.stt_));
    note(made.add(table.chat, "llm", wanted.llm, made.chat_));
  }
  note(made.add(table.tts, "tts", wanted.tts, made.tts_));
  std::vector<Choice<speech::FileTranscriber>> files;
  if (wanted.recording.transcribe.provider != kNone)
    note(made.add(table.files, "recording.transcribe", wanted.recording.transcribe, files));
  if (wrong) return fail(*std::move(wrong));
  if (!files.empty()) made.transcriber_ = files.front().port;
  const auto local = table.tts.find(kLastVoice);
  const bool needs_vendors =
      std::ranges::any_of(made.tts_, [](const auto& choice) { return choice.breaker != nullptr; });
  if (needs_vendors && local != table.tts.end() && local->second.port->prepare(made.agent_, {})) {
    made.last_voice_ = local->second.port;
  }
  return made;
}

engine::Vendors AgentVendors::for_call() const {
  engine::Vendors vendors;
  vendors.warm = parts_.warm;
  const agent::TurnTaking& turn = agent_->turn_taking;
  // A single part of this server needs nobody to watch over it.
  const auto plain = [](const auto& choices) {
    return choices.size() == 1 && choices.front().breaker == nullptr;
  };
  if (!stt_.empty()) {
    if (plain(stt_)) {
      vendors.stt = shared_part(stt_.front().port);
    } else {
      // The rest of the time is for the next choice.
      speech::FailoverSttDeadlines deadlines;
      deadlines.final_transcript = std::min(deadlines.final_transcript, turn.transcript_deadline * 5 / 8);
      std::vector<speech::SttLink> links = links_of<speech::SttLink>(stt_);
      vendors.stt = std::make_shared<speech::FailoverStt>(std::move(links), deadlines);
    }
  }
  if (!tts_.empty()) {
    if (plain(tts_)) {
      vendors.tts = shared_part(tts_.front().port);
    } else {
      speech::FailoverTtsDeadlines deadlines;
      deadlines.first_audio = std::min(deadlines.first_audio, turn.reply_deadline / 4);
      std::vector<speech::TtsLink> links = links_of<speech::TtsLink>(tts_);
      vendors.tts = std::make_shared<speech::FailoverTts>(links, deadlines);
      if (last_voice_ != nullptr) {
        links.push_back({*last_voice_, local_choice(), nullptr});
        vendors.apology = std::make_shared<speech::FailoverTts>(std::move(links), deadlines);
      }
    }
  }
  for (const auto& choice : voices_)
    vendors.voices.push_back({shared_part(choice.port), choice.choice});
  if (chat_.empty()) return vendors;
  if (plain(chat_)) {
    vendors.chat = shared_part(chat_.front().port);
    return vendors;
  }
  llm::FailoverChatDeadlines deadlines;
  deadlines.first_token = std::min(deadlines.first_token, turn.reply_deadline * 2 / 5);
  std::vector<llm::ChatLink> links = links_of<llm::ChatLink>(chat_);
  auto models = std::make_shared<llm::FailoverChat>(std::move(links), deadlines);
  auto with_tools = std::make_shared<Around<llm::ToolLoop, llm::FailoverChat>>(
      models, llm::ToolLoop(*models, parts_.tools));
  std::shared_ptr<llm::ChatModel> chat(with_tools, &with_tools->outer);
  if (agent_->caching.answers) chat = parts_.answers.around(std::move(chat));
  vendors.chat = std::move(chat);
  return vendors;
}

std::vector<std::string> model_warnings(const agent::Agent& agent, const vendor::ModelNotes& notes,
                                        std::string_view today) {
  std::vector<std::string> warnings;
  const auto look = [&](std::string_view part, const agent::ProviderChoice& choice) {
    if (auto warning = notes.warning(choice.provider, choice.model, today)) {
      warnings.push_back(fmt::format("agent '{}', {}: {}", agent.name, part, *warning));
    }
  };
  const auto look_at_all = [&](std::string_view part, const agent::ProviderChoice& choice) {
    look(part, choice);
    for (const agent::ProviderChoice& fallback : choice.fallbacks)
      look(part, fallback);
  };
  look_at_all("stt", agent.stt);
  look_at_all("llm", agent.llm);
  look_at_all("tts", agent.tts);
  look_at_all("sts", agent.sts);
  look("recording.transcribe", agent.recording.transcribe);
  return warnings;
}

}  // namespace parley::app
