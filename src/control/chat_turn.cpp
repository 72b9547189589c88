#include "control/chat_turn.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "agent/variables.hpp"
#include "base/log.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;
using namespace std::chrono;

Errc code_of(vendor::Fault fault) {
  switch (fault) {
    case vendor::Fault::timeout:
      return Errc::timeout;
    case vendor::Fault::internal:
      return Errc::internal;
    default:
      return Errc::unavailable;
  }
}

// By text there are no values of a call, and nobody to hand a caller to: the model must not promise it.
agent::AgentPtr for_text(const agent::AgentPtr& agent) {
  auto filled = agent::with_variables(agent, {});
  if (!filled->transfer.enabled) return filled;
  auto made = std::make_shared<agent::Agent>(*filled);
  made->transfer = {};
  return made;
}

}  // namespace

ModelChatTurn::ModelChatTurn(Dependencies dependencies, std::shared_ptr<ChatSession> session, ChatInput input)
    : d_(std::move(dependencies)),
      session_(std::move(session)),
      agent_(for_text(session_->agent->agent())),
      news_(std::make_shared<async::Signal>(d_.executor)),
      deadline_(d_.executor) {
  if (session_->record.messages == 0) words_.first_message = agent_->first_message;
  words_.message = std::move(input.message);
  words_.metadata = std::move(input.metadata);
}

ModelChatTurn::~ModelChatTurn() {
  if (!over_) finish(!long_enough_);
  d_.gone(*this);
}

void ModelChatTurn::start() {
  if (!words_.first_message.empty())
    push({.kind = ChatPiece::Kind::first_message, .text = words_.first_message});
  if (words_.message.empty()) return finish(false);

  std::vector<llm::Message> history = session_->history;
  if (!words_.first_message.empty())
    history.push_back({llm::Role::agent, words_.first_message, llm::InputKind::speech, {}});
  history.push_back({llm::Role::caller, words_.message, llm::InputKind::speech, {}});
  latest_end_ = steady_clock::now() + d_.options.whole_reply;
  allow(agent_->turn_taking.reply_deadline);
  reply_ = session_->vendors.chat->start({d_.executor,
                                          agent_,
                                          agent_->llm,
                                          std::move(history),
                                          {},
                                          log::Logger("control"),
                                          vendor::ignore_usage(),
                                          session_->record.id},
                                         *this);
}

void ModelChatTurn::abort(Error why) {
  if (over_) return;
  reply_.reset();
  fail_with(std::move(why));
}

async::Task<ChatPiece> ModelChatTurn::next() {
  while (true) {
    if (!pieces_.empty()) {
      ChatPiece piece = std::move(pieces_.front());
      pieces_.pop_front();
      co_return piece;
    }
    if (over_ && (!saving_ || saving_->done)) co_return last_piece();
    co_await news_->wait();
  }
}

ChatPiece ModelChatTurn::last_piece() const {
  if (failure_) return {.kind = ChatPiece::Kind::failed, .error = *failure_};
  if (saving_ && !saving_->result) return {.kind = ChatPiece::Kind::failed, .error = saving_->result.error()};
  const auto& record = session_->record;
  return {.kind = ChatPiece::Kind::end,
          .outcome = {record.id, record.agent, record.agent_version, words_.first_message, words_.reply,
                      escalated_, ended_, record.messages}};
}

void ModelChatTurn::push(ChatPiece piece) {
  // A slow reader gets the words since then at once.
  const bool more_text =
      piece.kind == ChatPiece::Kind::text && !pieces_.empty() && pieces_.back().kind == ChatPiece::Kind::text;
  if (more_text) {
    pieces_.back().text += piece.text;
  } else {
    pieces_.push_back(std::move(piece));
  }
  news_->notify();
}

void ModelChatTurn::push_action(std::string_view type, const json::object& data) {
  words_.actions.push_back(json::object{{"type", type}, {"data", data}});
  push({.kind = ChatPiece::Kind::action, .type = std::string(type), .data = json::serialize(data)});
  if (type == "ended") return;  // no event of its own
  LiveEvent event{};
  event.workspace_id = session_->record.workspace_id;
  event.session_id = session_->record.id;
  event.type = type;
  event.data = json::serialize(data);
  d_.hub.publish(std::move(event));
}

void ModelChatTurn::allow(milliseconds time) {
  deadline_.expires_at(std::min(steady_clock::now() + time, latest_end_));
  deadline_.async_wait([this, ticket = guard_.ticket()](const boost::system::error_code& moved) {
    if (moved || !ticket.valid() || over_) return;
    reply_.reset();
    fail_with({Errc::timeout,
               words_.reply.empty()
                   ? "the model did not answer in time: try again, or raise turn_taking.reply_deadline"
                   : "the model's answer broke off: try again"});
  });
}

void ModelChatTurn::on_reply_text(std::string_view delta) {
  if (over_ || long_enough_ || delta.empty()) return;
  words_.answered = true;
  words_.reply += delta;
  allow(d_.options.between_pieces);
  push({.kind = ChatPiece::Kind::text, .text = std::string(delta)});
  if (words_.reply.size() > d_.options.most_reply_bytes) end_soon();
}

// The reply must not be destroyed from inside its own call.
void ModelChatTurn::end_soon() {
  long_enough_ = true;
  async::asio::post(d_.executor, [this, ticket = guard_.ticket()] {
    if (!ticket.valid() || over_) return;
    reply_.reset();
    finish(false);
  });
}

void ModelChatTurn::on_reply_action(llm::ChatAction action) {
  if (over_ || long_enough_) return;
  allow(d_.options.between_pieces);
  words_.answered = true;
  if (const auto* stage = std::get_if<llm::StageChanged>(&action))
    return push_action("stage.changed", {{"stage", stage->stage}});
  if (const auto* slot = std::get_if<llm::SlotFilled>(&action))
    return push_action("slot.filled", {{"name", slot->name}, {"value", slot->value}});
  if (auto* tool = std::get_if<llm::ToolUsed>(&action)) {
    push_action(
        "tool.used",
        {{"name", tool->exchange.call.name}, {"failed", tool->failed}, {"tookMs", tool->took.count()}});
    words_.tools.push_back(std::move(tool->exchange));
    return;
  }
  if (const auto* escalate = std::get_if<llm::Escalate>(&action)) {
    escalated_ = true;
    return push_action("escalation", {{"reason", escalate->reason}});
  }
  ended_ = true;
  push_action("ended", {});
}

// Tools are run below; one that comes up to here was asked for by a model that has none.
void ModelChatTurn::on_reply_tool_call(llm::ToolCall) {}

void ModelChatTurn::on_reply_end() {
  if (over_ || long_enough_) return;
  words_.answered = true;
  finish(false);
}

void ModelChatTurn::on_reply_failed(vendor::VendorError error) {
  if (!over_ && !long_enough_) fail_with({code_of(error.fault), describe(error)});
}

void ModelChatTurn::fail_with(Error error) {
  failure_ = std::move(error);
  finish(true);
}

// A turn that broke off before its first word has not happened: whoever wrote may write it again.
void ModelChatTurn::finish(bool interrupted) {
  over_ = true;
  deadline_.cancel();
  words_.interrupted = interrupted;
  if (interrupted && !words_.answered) {
    session_->busy = false;
  } else {
    session_->saving = true;
    // What the model decided in an answer that broke off may not be what it meant.
    saving_ = std::make_shared<ChatSaving>(ChatSaving{session_, words_, ended_ && !interrupted, news_});
    d_.save(saving_);
  }
  news_->notify();
}

}  // namespace parley::control
