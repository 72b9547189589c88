#include "control/chat.hpp"

#include <algorithm>
#include <unordered_map>

#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "async/on_pool.hpp"
#include "async/task_group.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "base/wall_millis.hpp"
#include "control/chat_turn.hpp"

namespace parley::control {
namespace {

using SessionPtr = std::shared_ptr<ChatSession>;

const log::Logger kLog("control");

LiveEvent message_event(const storage::ChatMessageRecord& message, bool interrupted) {
  LiveEvent event{};
  event.workspace_id = message.workspace_id;
  event.type = "chat.message";
  event.session_id = message.session_id;
  event.data = boost::json::serialize(boost::json::object{{"number", message.number},
                                                          {"role", message.role},
                                                          {"text", message.text},
                                                          {"interrupted", interrupted}});
  return event;
}

// The database has so long to write a turn down before the next one is refused.
constexpr std::chrono::seconds kSavedWithin{2};

class Awaited {
 public:
  explicit Awaited(ChatSession& session) : session_(session) { session_.awaited = true; }
  ~Awaited() { session_.awaited = false; }
  Awaited(const Awaited&) = delete;
  Awaited& operator=(const Awaited&) = delete;

 private:
  ChatSession& session_;
};

// Frees the session when the request goes away before its turn has begun.
class Claim {
 public:
  explicit Claim(SessionPtr session) : session_(std::move(session)) { session_->busy = true; }
  ~Claim() {
    if (session_) session_->busy = false;
  }
  Claim(const Claim&) = delete;
  Claim& operator=(const Claim&) = delete;
  void pass_on() { session_.reset(); }

 private:
  SessionPtr session_;
};

}  // namespace

struct Chats::Impl : std::enable_shared_from_this<Chats::Impl> {
  Impl(Dependencies with, ChatOptions chosen)
      : d(with),
        options(chosen),
        group(d.executor, [](const std::exception_ptr&) { kLog.error("chat: a task failed"); }) {}

  Dependencies d;
  const ChatOptions options;
  async::TaskGroup group;
  bool stopping = false;
  std::unordered_map<std::string, SessionPtr> sessions;  // by workspace and id
  std::vector<ModelChatTurn*> turns;

  storage::WallMillis now() const { return now_millis(d.clock); }

  // Sessions that rest are in the database; memory only saves reading them. False: all are busy.
  bool make_room() {
    const SteadyTime oldest = d.clock.now() - options.idle_after;
    std::erase_if(sessions, [&](const auto& one) {
      return !one.second->busy && (one.second->last_used < oldest || !one.second->agent);
    });
    if (sessions.size() < options.most_live) return true;
    auto victim = sessions.end();
    for (auto one = sessions.begin(); one != sessions.end(); ++one) {
      if (one->second->busy) continue;
      if (victim == sessions.end() || one->second->last_used < victim->second->last_used) victim = one;
    }
    if (victim == sessions.end()) return false;
    sessions.erase(victim);
    return true;
  }

  Result<SessionPtr> claimable(const std::string& key) {
    const auto found = sessions.find(key);
    if (found != sessions.end()) return found->second;
    if (!make_room()) return fail(Errc::overloaded, "too many chats are under way: try again in a moment");
    return sessions.emplace(key, std::make_shared<ChatSession>(d.executor)).first->second;
  }

  async::Task<Result<std::unique_ptr<ChatTurn>>> start(ChatInput input);
  async::Task<Result<void>> load(SessionPtr session, const ChatInput& input);
  async::Task<> save(std::shared_ptr<ChatSaving> saving);
  void stored(ChatSaving& saving, const std::vector<storage::ChatMessageRecord>& records);
};

async::Task<Result<std::unique_ptr<ChatTurn>>> Chats::Impl::start(ChatInput input) {
  if (stopping) co_return fail(Errc::unavailable, "the server is going down");
  if (auto sound = check_chat_input(input, options); !sound) co_return fail(std::move(sound.error()));
  if (input.session_id.empty()) input.session_id = make_id();
  const auto found = claimable(input.workspace_id + '\n' + input.session_id);
  if (!found) co_return fail(found.error());
  const SessionPtr& session = *found;
  // Who has read the end of a turn may write the next one at once.
  if (session->busy && session->saving && !session->awaited) {
    const Awaited awaited(*session);
    co_await session->saved.wait_for(kSavedWithin);
  }
  if (session->busy)
    co_return fail(Errc::conflict,
                   "the agent is still answering in this session: wait for the end of its turn");

  Claim claim(session);
  session->last_used = d.clock.now();
  const auto loaded = co_await load(session, input);
  if (!loaded) co_return fail(loaded.error());
  if (stopping) co_return fail(Errc::unavailable, "the server is going down");
  claim.pass_on();
  auto turn = std::make_unique<ModelChatTurn>(
      ModelChatTurn::Dependencies{
          d.executor, d.hub, options,
          // A reader may hold its turn longer than there are chats: stop() has ended it then.
          [weak = weak_from_this()](std::shared_ptr<ChatSaving> saving) {
            if (const auto self = weak.lock()) self->group.spawn(self->save(std::move(saving)));
          },
          [weak = weak_from_this()](ModelChatTurn& gone) {
            if (const auto self = weak.lock()) std::erase(self->turns, &gone);
          }},
      session, std::move(input));
  turns.push_back(turn.get());
  turn->start();
  co_return turn;
}

async::Task<Result<void>> Chats::Impl::load(SessionPtr session, const ChatInput& input) {
  const int known = session->agent ? session->record.messages : -1;
  auto loaded = co_await async::on_pool<LoadedChat>(d.executor, d.pool, [this, input, known, at = now()] {
    return load_chat(d.store, d.agents, input, options, known, at);
  });
  if (!loaded) co_return fail(std::move(loaded.error()));
  session->record = std::move(loaded->session);
  session->redaction = loaded->redaction;
  if (!loaded->agent) co_return Result<void>();
  session->vendors = loaded->agent->for_call();
  session->agent = std::move(loaded->agent);
  session->history = std::move(loaded->history);
  if (!session->vendors.chat) co_return fail(Errc::invalid_argument, "the agent has no chat model");
  co_return Result<void>();
}

async::Task<> Chats::Impl::save(std::shared_ptr<ChatSaving> saving) {
  const auto said = records_of(saving->session->record, saving->words, now());
  auto stored_as = said;
  redact_records(stored_as, saving->session->redaction);
  const auto records = std::make_shared<const std::vector<storage::ChatMessageRecord>>(std::move(stored_as));
  saving->result = co_await async::on_pool<void>(d.executor, d.pool, [this, saving, records, at = now()] {
    return store_chat_turn(d.store, saving->session->record, *records, saving->ended, at);
  });
  if (saving->result) append_history(said, saving->session->history);
  stored(*saving, *records);
}

void Chats::Impl::stored(ChatSaving& saving, const std::vector<storage::ChatMessageRecord>& records) {
  ChatSession& session = *saving.session;
  if (saving.result) {
    session.record.messages += static_cast<int>(records.size());
    session.record.ended = saving.ended;
    for (const auto& record : records)
      d.hub.publish(message_event(record, saving.words.interrupted && &record == &records.back()));
  } else {
    kLog.warn("chat: a turn was not stored: {}", describe(saving.result.error()));
    session.agent.reset();  // what the database has is read anew
  }
  session.busy = session.saving = false;
  session.saved.notify();
  saving.done = true;
  saving.news->notify();
}

Chats::Chats(Dependencies dependencies, ChatOptions options)
    : impl_(std::make_shared<Impl>(dependencies, options)) {}

Chats::~Chats() = default;

async::Task<Result<std::unique_ptr<ChatTurn>>> Chats::start(ChatInput input) {
  return impl_->start(std::move(input));
}

async::Task<Result<ChatOutcome>> Chats::answer(ChatInput input) {
  auto turn = co_await impl_->start(std::move(input));
  if (!turn) co_return fail(std::move(turn.error()));
  while (true) {
    ChatPiece piece = co_await (*turn)->next();
    if (piece.kind == ChatPiece::Kind::failed) co_return fail(std::move(piece.error));
    if (piece.kind == ChatPiece::Kind::end) co_return std::move(piece.outcome);
  }
}

async::Task<> Chats::stop() {
  impl_->stopping = true;
  for (ModelChatTurn* turn : impl_->turns)
    turn->abort({Errc::cancelled, "the server is going down: try again in a moment"});
  co_await impl_->group.join();
}

}  // namespace parley::control
