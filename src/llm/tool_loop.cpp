#include "llm/tool_loop.hpp"

#include "async/guarded.hpp"

namespace parley::llm {
namespace {

bool blank(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

class Reply final : public ChatReply, private ChatListener {
 public:
  Reply(ChatModel& inner, ToolRunner& tools, ChatRequest request, ChatListener& listener)
      : inner_(inner), tools_(tools), request_(std::move(request)), listener_(listener) {
    request_.tools = offered_tools(*request_.agent);
    reply_ = inner_.start(request_, *this);
  }

 private:
  void on_reply_text(std::string_view delta) override {
    said_ += delta;
    listener_.on_reply_text(delta);
  }
  void on_reply_action(ChatAction action) override { listener_.on_reply_action(std::move(action)); }
  void on_reply_tool_call(ToolCall call) override {
    if (calls_.size() < kMostCalls) calls_.push_back(std::move(call));
  }
  void on_reply_end() override {
    // It is on the stack until it returns.
    ended_reply_ = std::move(reply_);
    if (calls_.empty() || round_ == kMostToolRounds) return listener_.on_reply_end();
    ++round_;
    run_calls();
  }
  void on_reply_failed(vendor::VendorError error) override { listener_.on_reply_failed(std::move(error)); }

  void run_calls() {
    const auto ticket = guard_.ticket();
    std::string words = blank(said_) ? tools_.words_for(*request_.agent, calls_) : std::string();
    // A paragraph's end: what was said is spoken now, and does not run into what comes after the tools.
    if (!words.empty() || !blank(said_)) {
      words += "\n\n";
      said_ += words;
      listener_.on_reply_text(words);
      if (!ticket.valid()) return;
    }
    run_ = tools_.start({request_.executor, request_.agent, std::exchange(calls_, {}), request_.log},
                        [this](ToolOutcome outcome) { go_on(std::move(outcome)); });
  }

  void go_on(ToolOutcome outcome) {
    const auto ticket = guard_.ticket();
    Message entry{Role::agent, std::exchange(said_, {}), InputKind::speech, {}};
    for (ToolUsed& used : outcome.used) {
      entry.tools.push_back(used.exchange);
      listener_.on_reply_action(std::move(used));
      if (!ticket.valid()) return;
    }
    // Whoever is handed to a human hears the agent's own words behind the model's.
    const agent::Transfer& transfer = request_.agent->transfer;
    bool words_follow = false;
    for (ChatAction& action : outcome.actions) {
      const bool handed_over = std::holds_alternative<Escalate>(action) && transfer.enabled;
      words_follow = words_follow || (handed_over && !transfer.say.empty());
      listener_.on_reply_action(std::move(action));
      if (!ticket.valid()) return;
    }
    // A goodbye that came with its words needs no other reply; one without any would end the call in silence.
    if (outcome.only_actions && (words_follow || !blank(entry.text))) return listener_.on_reply_end();
    request_.history.push_back(std::move(entry));
    reply_ = inner_.start(request_, *this);
  }

  static constexpr std::size_t kMostCalls = 16;

  ChatModel& inner_;
  ToolRunner& tools_;
  ChatRequest request_;
  ChatListener& listener_;
  std::string said_;  // since the last tools
  std::vector<ToolCall> calls_;
  int round_ = 0;
  std::unique_ptr<ToolRun> run_;
  std::unique_ptr<ChatReply> ended_reply_;
  std::unique_ptr<ChatReply> reply_;
  async::Guard guard_;
};

}  // namespace

std::unique_ptr<ChatReply> ToolLoop::start(ChatRequest request, ChatListener& listener) {
  return std::make_unique<Reply>(inner_, tools_, std::move(request), listener);
}

}  // namespace parley::llm
