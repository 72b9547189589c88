// Providers by the name an agent file uses, and what an agent needs of them. A new vendor is one adapter and
// one line in vendor_parts.cpp. Thread: filled at start-up, read from any thread afterwards.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "engine/call.hpp"
#include "llm/answer_cache.hpp"
#include "llm/tool_runner.hpp"
#include "speech/file_transcriber.hpp"
#include "vendor/circuit_breaker.hpp"
#include "vendor/model_notes.hpp"

namespace parley::app {

template <class Port>
struct Provider {
  Port* port = nullptr;
  std::string account;  // vendor::Account::id(); empty: a part of this server, which is never given up on
};
template <class Port>
using Providers = std::map<std::string, Provider<Port>, std::less<>>;

// "deepgram, openai": for errors.
template <class Port>
std::string names_of(const Providers<Port>& providers) {
  std::string known;
  for (const auto& [name, provider] : providers)
    known += (known.empty() ? "" : ", ") + name;
  return known;
}

struct VendorTable {
  Providers<speech::SpeechToText> stt;
  Providers<llm::ChatModel> chat;
  Providers<speech::TextToSpeech> tts;
  Providers<realtime::VoiceModel> voice;
  Providers<speech::FileTranscriber> files;
};

// What the decorators of a call share with those of all calls.
struct CallParts {
  vendor::CircuitBreakers& breakers;
  llm::ToolRunner& tools;
  llm::AnswerCache& answers;
  bool warm = true;  // engine::Vendors
};

// An agent with its vendors, each asked to get ready for it. Everything given outlives it.
class AgentVendors {
 public:
  // Blocking. Errors name the agent, the part and what there is.
  static Result<AgentVendors> prepare(const VendorTable& table, CallParts parts, agent::AgentPtr agent);

  // A call's own: with fallbacks, tools and caches around the agent's choices. Any thread.
  engine::Vendors for_call() const;
  // A sentence for each fallback that cannot be used because its key is not set.
  const std::vector<std::string>& left_out() const { return left_out_; }
  // nullptr: the agent's recordings are not transcribed.
  speech::FileTranscriber* transcriber() const { return transcriber_; }

 private:
  template <class Port>
  struct Choice {
    Port* port;
    agent::ProviderChoice choice;
    vendor::CircuitBreaker* breaker;
  };

  AgentVendors(CallParts parts, agent::AgentPtr agent) : parts_(parts), agent_(std::move(agent)) {}

  template <class Port>
  Result<void> add(const Providers<Port>& providers, std::string_view part,
                   const agent::ProviderChoice& choice, std::vector<Choice<Port>>& into);

  CallParts parts_;
  agent::AgentPtr agent_;
  std::vector<Choice<speech::SpeechToText>> stt_;
  std::vector<Choice<llm::ChatModel>> chat_;
  std::vector<Choice<speech::TextToSpeech>> tts_;
  std::vector<Choice<realtime::VoiceModel>> voices_;
  speech::TextToSpeech* last_voice_ =
      nullptr;  // of this server, for apologies; nullptr: it does not speak the language
  speech::FileTranscriber* transcriber_ = nullptr;
  std::vector<std::string> left_out_;
};

// A sentence for each of the agent's models that has ended or will.
std::vector<std::string> model_warnings(const agent::Agent& agent, const vendor::ModelNotes& notes,
                                        std::string_view today);

}  // namespace parley::app
