// OpenAI Realtime: one model that hears and speaks.
//
// Options of the agent's `sts`: transcription_model (who writes down what the caller said; "none": nobody),
// transcription_language, speed (0.25 … 1.5), max_output_tokens. `model` and `voice` are free text.
//
// https://developers.openai.com/api/reference/resources/realtime (2026-08)
#pragma once

#include "base/clock.hpp"
#include "llm/tool_runner.hpp"
#include "realtime/voice_model.hpp"
#include "vendor/account.hpp"

namespace parley::realtime {

class OpenAiRealtime final : public VoiceModel {
 public:
  // `clock` and `tools` outlive it.
  OpenAiRealtime(vendor::Account account, const Clock& clock, llm::ToolRunner& tools)
      : account_(std::move(account)), clock_(clock), tools_(tools) {}

  Result<void> prepare(const agent::AgentPtr& agent, const agent::ProviderChoice& choice) override;
  Result<std::unique_ptr<VoiceSession>> open(VoiceRequest request, VoiceSessionListener& listener) override;

 private:
  const vendor::Account account_;
  const Clock& clock_;
  llm::ToolRunner& tools_;
};

}  // namespace parley::realtime
