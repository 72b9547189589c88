// Providers by the name an agent file uses. A new vendor is one adapter and one line in app.cpp.
// Thread: filled at start-up, read from any thread afterwards.
#pragma once

#include <map>
#include <string>

#include "base/result.hpp"
#include "engine/call.hpp"

namespace parley::app {

struct VendorTable {
  std::map<std::string, speech::SpeechToText*, std::less<>> stt;
  std::map<std::string, llm::ChatModel*, std::less<>> chat;
  std::map<std::string, speech::TextToSpeech*, std::less<>> tts;

  // The agent's three, each asked to get ready for it. Blocking. Errors name the agent, the part and what
  // there is.
  Result<engine::Vendors> prepare(const agent::AgentPtr& agent) const;
};

}  // namespace parley::app
