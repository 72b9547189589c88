// A reply that comes as one HTTP answer of server-sent events. Bounded: text and tool calls of a reply,
// bodies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "llm/chat_model.hpp"
#include "llm/stream_dialect.hpp"

namespace parley::llm {

inline constexpr std::size_t kMaxReplyBytes = 64 * 1024;
inline constexpr std::size_t kMaxReplyCalls = 64;

struct StreamPlan {
  async::Executor executor;
  net::ClientRequest request;
  std::unique_ptr<StreamDialect> dialect;
  vendor::Observer& observer;
  std::string vendor;
  std::string model;
  std::int64_t input_estimate = 0;  // tokens; told when the vendor does not count
  // An answer without words and tool calls is a failure: the caller waits for one.
  bool must_speak = true;
};

// As ChatModel::start: usage is reported once, also for a reply that is dropped in the middle.
std::unique_ptr<ChatReply> start_stream(StreamPlan plan, ChatListener& listener);

}  // namespace parley::llm
