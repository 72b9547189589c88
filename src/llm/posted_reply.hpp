// A reply that is known as a whole when it is asked for: told to the listener from the executor, never from
// inside start().
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "llm/chat_model.hpp"

namespace parley::llm {

// The text (unless empty), the actions in their order, the end. The listener outlives the reply.
std::unique_ptr<ChatReply> post_reply(const async::Executor& executor, ChatListener& listener,
                                      std::string text, std::vector<ChatAction> actions);
std::unique_ptr<ChatReply> post_failure(const async::Executor& executor, ChatListener& listener,
                                        vendor::VendorError error);

}  // namespace parley::llm
