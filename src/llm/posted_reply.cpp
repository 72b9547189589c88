#include "llm/posted_reply.hpp"

#include <boost/asio/post.hpp>

#include "async/guarded.hpp"

namespace parley::llm {
namespace {

class PostedReply final : public ChatReply {
 public:
  async::Guard::Ticket ticket() const { return guard_.ticket(); }

 private:
  async::Guard guard_;
};

}  // namespace

std::unique_ptr<ChatReply> post_reply(const async::Executor& executor, ChatListener& listener,
                                      std::string text, std::vector<ChatAction> actions) {
  auto reply = std::make_unique<PostedReply>();
  boost::asio::post(executor, [ticket = reply->ticket(), &listener, text = std::move(text),
                               actions = std::move(actions)]() mutable {
    // Any of these calls may destroy the reply.
    if (ticket.valid() && !text.empty()) listener.on_reply_text(text);
    for (auto& action : actions) {
      if (ticket.valid()) listener.on_reply_action(std::move(action));
    }
    if (ticket.valid()) listener.on_reply_end();
  });
  return reply;
}

std::unique_ptr<ChatReply> post_failure(const async::Executor& executor, ChatListener& listener,
                                        vendor::VendorError error) {
  auto reply = std::make_unique<PostedReply>();
  boost::asio::post(executor, [ticket = reply->ticket(), &listener, error = std::move(error)]() mutable {
    if (ticket.valid()) listener.on_reply_failed(std::move(error));
  });
  return reply;
}

}  // namespace parley::llm
