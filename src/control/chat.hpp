// Text conversations with an agent: the same model, tools and stages as on the phone, without a voice. A
// session keeps the agent's configuration that it began with; its messages are stored after each turn, all of
// a turn or none of it.
//
// Thread: everything on the executor's. Lifetime: what is in Dependencies outlives Chats and its
// turns; stop() is awaited before destruction, and a turn that is held longer has failed by then.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "async/blocking_pool.hpp"
#include "async/task.hpp"
#include "base/clock.hpp"
#include "control/agent_directory.hpp"
#include "control/event_hub.hpp"
#include "storage/control_store.hpp"

namespace parley::control {

struct ChatInput {
  std::string workspace_id;
  std::string session_id{};  // used as it is; empty: one is made
  // Id or name, also of one that comes with the program; empty: of the session, or the most recently
  // published.
  std::string agent{};
  bool draft = false;  // the agent's draft instead of its published version; of a session that begins
  // May be empty at the beginning of a session: then the agent's first message is all of the turn.
  std::string message{};
  std::string metadata{};  // a JSON object, stored with the message; may be empty
};

struct ChatOutcome {
  std::string session_id;
  std::string agent;
  std::string agent_version;
  std::string first_message;  // of a session that has just begun
  std::string reply;
  bool escalated = false;
  bool ended = false;  // the agent has ended the conversation: the session takes no more messages
  int messages = 0;    // of the session
};

// What comes of a turn, in its order: at most one first_message; text and actions; end or failed, once.
struct ChatPiece {
  enum class Kind { first_message, text, action, end, failed };
  Kind kind = Kind::end;
  std::string text{};     // of first_message, and the next words of text
  std::string type{};     // of an action: "stage.changed", "slot.filled", "tool.used", "escalation", "ended"
  std::string data{};     // of an action: a JSON object
  ChatOutcome outcome{};  // of end
  Error error{};          // of failed: a sentence that says what to do
};

// A turn under way. Destroying it before its end cancels the model's reply; what was said so far is stored as
// interrupted.
class ChatTurn {
 public:
  virtual ~ChatTurn() = default;
  virtual const std::string& session_id() const = 0;
  virtual async::Task<ChatPiece> next() = 0;  // not again after end or failed
};

struct ChatOptions {
  std::chrono::milliseconds idle_after{30 * 60'000};  // then a session has ended
  std::chrono::milliseconds between_pieces{30'000};   // once a reply has begun; before, the agent's deadline
  std::chrono::milliseconds whole_reply{120'000};
  std::size_t most_live = 1000;  // sessions in memory
  std::size_t most_message_bytes = 16 * 1024;
  std::size_t most_reply_bytes = 64 * 1024;  // a longer reply ends there
  int most_messages = 2000;                  // of a session
};

class Chats {
 public:
  struct Dependencies {
    async::Executor executor;
    async::BlockingPool& pool;
    const Clock& clock;
    storage::ControlStore& store;
    const AgentDirectory& agents;
    EventHub& hub;
  };

  explicit Chats(Dependencies dependencies, ChatOptions options = {});
  ~Chats();

  // Errors: invalid_argument (message, id, metadata, an agent that cannot chat); not_found (agent); conflict
  // (the session has a turn under way, has ended, is a phone call's or another agent's); overloaded;
  // unavailable.
  async::Task<Result<std::unique_ptr<ChatTurn>>> start(ChatInput input);
  // The same, waiting for all of it.
  async::Task<Result<ChatOutcome>> answer(ChatInput input);
  // No more turns; those under way fail as cancelled, their words are stored as interrupted.
  async::Task<> stop();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace parley::control
