#include "control/offline_answer.hpp"

#include <optional>

#include "async/signal.hpp"
#include "base/log.hpp"

namespace parley::control {
namespace {

constexpr std::size_t kMostBytes = 16UL * 1024;

struct Collected final : llm::ChatListener {
  explicit Collected(async::Executor executor) : news(executor) {}

  void on_reply_text(std::string_view delta) override {
    if (text.size() < kMostBytes) text += delta.substr(0, kMostBytes - text.size());
  }
  void on_reply_action(llm::ChatAction) override {}
  void on_reply_tool_call(llm::ToolCall) override {}
  void on_reply_end() override {
    over = true;
    news.notify();
  }
  void on_reply_failed(vendor::VendorError error) override {
    failure = std::move(error);
    over = true;
    news.notify();
  }

  std::string text;
  bool over = false;
  std::optional<vendor::VendorError> failure;
  async::Signal news;
};

}  // namespace

async::Task<Result<std::string>> ask_once(async::Executor executor, ReadyAgentPtr ready,
                                          agent::AgentPtr agent, std::string call_id, std::string words,
                                          std::chrono::milliseconds patience) {
  const engine::Vendors vendors = ready->for_call();
  if (!vendors.chat) co_return fail(Errc::invalid_argument, "the agent has no chat model to be asked");
  std::vector<llm::Message> history;
  if (!agent->first_message.empty())
    history.push_back({llm::Role::agent, agent->first_message, llm::InputKind::speech, {}});
  history.push_back({llm::Role::caller, std::move(words), llm::InputKind::speech, {}});
  Collected collected(executor);
  const auto reply = vendors.chat->start({executor,
                                          agent,
                                          agent->llm,
                                          std::move(history),
                                          {},
                                          log::Logger("control").with_call(call_id),
                                          vendor::ignore_usage(),
                                          call_id},
                                         collected);
  // Nothing but the end of the reply wakes this up.
  if (!collected.over) co_await collected.news.wait_for(patience);
  if (!collected.over) co_return fail(Errc::timeout, "the model did not answer in time");
  if (collected.failure) co_return fail(Errc::unavailable, describe(*collected.failure));
  if (collected.text.empty()) co_return fail(Errc::protocol, "the model said nothing");
  co_return std::move(collected.text);
}

}  // namespace parley::control
