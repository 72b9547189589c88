#include "llm/failover_chat.hpp"

#include <fmt/core.h>

namespace parley::llm {
namespace {

using std::chrono::milliseconds;
using vendor::Fault;
using vendor::VendorError;

vendor::FailoverCourse course_of(const std::vector<ChatLink>& links) {
  std::vector<vendor::FailoverStep> steps;
  steps.reserve(links.size());
  for (const auto& link : links)
    steps.push_back({link.choice, link.breaker});
  return {vendor::Part::llm, std::move(steps)};
}

// Nothing that would be said after it matters.
bool ends_the_talk(const ChatAction& action) {
  return std::holds_alternative<EndCall>(action) || std::holds_alternative<Escalate>(action);
}

}  // namespace

class FailoverChat::Reply final : public ChatReply {
 public:
  Reply(FailoverChat& owner, ChatRequest request, ChatListener& listener)
      : owner_(owner),
        request_(std::move(request)),
        listener_(listener),
        alarm_(owner.alarms_.make(request_.executor)),
        run_(owner.course_, request_.observer) {
    last_progress_ = now();
    if (const auto first = run_.begin()) {
      ask(*first);
    } else {
      alarm_->set(now(), [this] { listener_.on_reply_failed(vendor::all_circuits_open(owner_.course_)); });
    }
  }

 private:
  // The listener of one choice's reply: what another one says later finds nobody.
  struct Speaker final : ChatListener {
    explicit Speaker(Reply& of) : reply(of) {}
    // Each of these may destroy the speaker.
    void on_reply_text(std::string_view delta) override { reply.on_text(delta); }
    void on_reply_action(ChatAction action) override { reply.on_action(std::move(action)); }
    void on_reply_tool_call(ToolCall call) override { reply.on_tool_call(std::move(call)); }
    void on_reply_end() override { reply.on_end(); }
    void on_reply_failed(VendorError error) override { reply.on_failed(std::move(error)); }
    Reply& reply;
    std::unique_ptr<ChatReply> inner;
  };

  SteadyTime now() const { return owner_.alarms_.now(); }
  const Mind& mind() const { return owner_.minds_[run_.index()]; }
  const agent::ProviderChoice& choice() const { return owner_.course_.steps[run_.index()].choice; }

  void ask(std::size_t index) {
    heard_ = false;
    auto request = request_;
    request.choice = owner_.course_.steps[index].choice;
    request.history.insert(request.history.end(), so_far_.begin(), so_far_.end());
    speaker_ = std::make_unique<Speaker>(*this);
    speaker_->inner = owner_.minds_[index].port.start(std::move(request), *speaker_);
    alarm_->set(now() + mind().first_token, [this] {
      on_failed({Fault::timeout, choice().provider,
                 fmt::format("no answer within {} ms", mind().first_token.count())});
    });
  }

  void progress() {
    last_progress_ = now();
    if (heard_) return;
    heard_ = true;
    run_.useful();
    watch_for_stall();
  }

  // Left alone by the pieces that come: it looks when it goes off.
  void watch_for_stall() {
    alarm_->set(last_progress_ + mind().stall, [this] {
      if (now() < last_progress_ + mind().stall) return watch_for_stall();
      on_failed({Fault::timeout, choice().provider,
                 fmt::format("nothing more for {} ms in the middle of a reply", mind().stall.count())});
    });
  }

  // Where the next words or tools of the agent are written down.
  Message& entry() {
    if (so_far_.empty()) so_far_.push_back({Role::agent, {}, InputKind::speech, {}});
    return so_far_.back();
  }

  void on_text(std::string_view delta) {
    if (delta.empty()) return;
    progress();
    // Words after a tool's result stand behind it.
    if (!entry().tools.empty()) so_far_.push_back({Role::agent, {}, InputKind::speech, {}});
    entry().text += delta;
    listener_.on_reply_text(delta);
  }

  void on_action(ChatAction action) {
    progress();
    if (const auto* used = std::get_if<ToolUsed>(&action)) entry().tools.push_back(used->exchange);
    complete_ = complete_ || ends_the_talk(action);
    listener_.on_reply_action(std::move(action));
  }

  void on_tool_call(ToolCall call) {
    progress();
    complete_ = true;
    listener_.on_reply_tool_call(std::move(call));
  }

  void on_end() {
    if (!heard_ && so_far_.empty() && run_.has_other()) {
      return on_failed({Fault::protocol, choice().provider, "the reply was empty"});
    }
    alarm_->cancel();
    run_.succeeded();
    listener_.on_reply_end();
  }

  void on_failed(VendorError error) {
    error = vendor::named(std::move(error), choice());
    const auto gone = std::move(speaker_);  // it may be on the stack: its last act is this call
    alarm_->cancel();
    const auto left =
        std::chrono::duration_cast<milliseconds>(last_progress_ + owner_.deadlines_.give_up - now());
    const auto next = run_.failed(error, left);
    // A tool that is to be called, or a goodbye, must not be asked for twice.
    if (complete_) return listener_.on_reply_end();
    switch (next.what) {
      case vendor::FailoverRun::Next::What::ask:
        return ask(next.index);
      case vendor::FailoverRun::Next::What::wait:
        return alarm_->set(now() + next.wait, [this, next, error] { try_again(next.index, error); });
      case vendor::FailoverRun::Next::What::give_up:
        return listener_.on_reply_failed(std::move(error));
    }
  }

  void try_again(std::size_t index, const VendorError& error) {
    if (run_.again(index)) return ask(index);
    listener_.on_reply_failed(error);
  }

  FailoverChat& owner_;
  const ChatRequest request_;
  ChatListener& listener_;
  std::unique_ptr<vendor::Alarm> alarm_;
  vendor::FailoverRun run_;
  std::unique_ptr<Speaker> speaker_;
  std::vector<Message> so_far_;  // what was said and used in this reply
  bool heard_ = false;           // from the choice that answers
  bool complete_ = false;        // what was given can stand as a reply
  SteadyTime last_progress_;
};

FailoverChat::FailoverChat(std::vector<ChatLink> links, FailoverChatDeadlines deadlines,
                           const vendor::Alarms& alarms)
    : deadlines_(deadlines),
      alarms_(alarms),
      minds_([&] {
        std::vector<Mind> minds;
        for (auto& link : links) {
          const auto first_token = vendor::take_milliseconds(link.choice, "first_token_ms");
          const auto stall = vendor::take_milliseconds(link.choice, "stall_ms");
          for (const auto* option : {&first_token, &stall}) {
            if (!*option && !bad_option_) bad_option_ = option->error();
          }
          minds.push_back({link.port,
                           first_token ? first_token->value_or(deadlines.first_token) : deadlines.first_token,
                           stall ? stall->value_or(deadlines.stall) : deadlines.stall});
        }
        return minds;
      }()),
      course_(course_of(links)) {}

Result<void> FailoverChat::prepare(const agent::AgentPtr& agent, const agent::ProviderChoice&) {
  if (bad_option_) return fail(*bad_option_);
  for (std::size_t i = 0; i < minds_.size(); ++i) {
    if (auto prepared = minds_[i].port.prepare(agent, course_.steps[i].choice); !prepared) return prepared;
  }
  return {};
}

void FailoverChat::warm(const ChatRequest& request) {
  const auto index = course_.likely();
  auto one = request;
  one.choice = course_.steps[index].choice;
  minds_[index].port.warm(one);
}

std::unique_ptr<ChatReply> FailoverChat::start(ChatRequest request, ChatListener& listener) {
  return std::make_unique<Reply>(*this, std::move(request), listener);
}

}  // namespace parley::llm
