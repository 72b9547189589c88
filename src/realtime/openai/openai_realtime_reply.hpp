// A reply of a realtime session, as the session keeps it. Inside this folder.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "realtime/openai/openai_realtime_session.hpp"
#include "realtime/openai/spoken_items.hpp"
#include "speech/pcm_stream.hpp"

namespace parley::realtime {

class OpenAiRealtimeSession::Reply final : public VoiceReply {
 public:
  Reply(OpenAiRealtimeSession& of, VoiceReplyListener& to) : session(of), listener(to) {}
  ~Reply() override { session.gone(*this); }
  void cut(std::chrono::milliseconds heard) override { session.cut(*this, heard); }

  OpenAiRealtimeSession& session;
  VoiceReplyListener& listener;
  std::string words;     // to be said as they are; empty: the model's own
  std::string response;  // empty: not created yet
  SpokenItems items;
  std::size_t text_bytes = 0;
  std::vector<llm::ToolCall> calls;
  std::vector<std::string> running;  // ids of the calls under way
  int rounds = 0;
  bool over = false;
  std::unique_ptr<llm::ToolRun> tools;
  std::optional<speech::PcmStream> pcm;
};

}  // namespace parley::realtime
