// Inside this room only: one turn of a chat, from its message to its stored words.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "async/guarded.hpp"
#include "async/signal.hpp"
#include "control/chat_session.hpp"

namespace parley::control {

// A turn's rows on their way into the store; outlives the turn when its reader has gone.
struct ChatSaving {
  std::shared_ptr<ChatSession> session;
  ChatTurnWords words;
  bool ended = false;
  std::shared_ptr<async::Signal> news;
  bool done = false;
  Result<void> result{};
};

class ModelChatTurn final : public ChatTurn, private llm::ChatListener {
 public:
  struct Dependencies {
    async::Executor executor;
    EventHub& hub;
    ChatOptions options;
    // Writes it; then the session is free for its next turn, `done` is set and `news` told.
    std::function<void(std::shared_ptr<ChatSaving>)> save;
    std::function<void(ModelChatTurn&)> gone;
  };

  // `session` is busy with this turn from now on. start() follows.
  ModelChatTurn(Dependencies dependencies, std::shared_ptr<ChatSession> session, ChatInput input);
  ~ModelChatTurn() override;

  void start();
  void abort(Error why);

  const std::string& session_id() const override { return session_->record.id; }
  async::Task<ChatPiece> next() override;

 private:
  void on_reply_text(std::string_view delta) override;
  void on_reply_action(llm::ChatAction action) override;
  void on_reply_tool_call(llm::ToolCall call) override;
  void on_reply_end() override;
  void on_reply_failed(vendor::VendorError error) override;

  void push(ChatPiece piece);
  void push_action(std::string_view type, const boost::json::object& data);
  void allow(std::chrono::milliseconds time);
  void end_soon();
  void finish(bool interrupted);
  void fail_with(Error error);
  ChatPiece last_piece() const;

  Dependencies d_;
  const std::shared_ptr<ChatSession> session_;
  const agent::AgentPtr agent_;  // the session's, as it is by text
  const std::shared_ptr<async::Signal> news_;
  ChatTurnWords words_;
  std::deque<ChatPiece> pieces_;
  bool escalated_ = false;
  bool ended_ = false;
  bool long_enough_ = false;  // the reply is cut here
  bool over_ = false;         // nothing more is taken from the model
  std::optional<Error> failure_;
  std::shared_ptr<ChatSaving> saving_;
  std::unique_ptr<llm::ChatReply> reply_;
  SteadyTime latest_end_;
  async::Timer deadline_;
  async::Guard guard_;
};

}  // namespace parley::control
