#include "llm/tool_loop.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/sentence_splitter.hpp"

namespace parley::llm {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

struct ToldMind final : ChatModel {
  struct Reply final : ChatReply {
    Reply(ToldMind& of, ChatRequest given, ChatListener& to)
        : mind(of), request(std::move(given)), listener(to) {
      mind.replies.push_back(this);
    }
    ~Reply() override { std::erase(mind.replies, this); }
    void say(std::string_view text) { listener.on_reply_text(text); }
    void call(std::string name) { listener.on_reply_tool_call({"id-" + name, name, "{}", ""}); }
    void end() { listener.on_reply_end(); }
    ToldMind& mind;
    ChatRequest request;
    ChatListener& listener;
  };
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override {
    ++asked;
    return std::make_unique<Reply>(*this, std::move(request), listener);
  }
  Reply& reply() { return *replies.back(); }
  std::vector<Reply*> replies;
  int asked = 0;
};

struct HeldTools final : ToolRunner {
  struct Run final : ToolRun {
    explicit Run(HeldTools& of) : owner(of) { ++owner.running; }
    ~Run() override { --owner.running; }
    HeldTools& owner;
  };
  std::string words_for(const agent::Agent&, const std::vector<ToolCall>&) const override { return words; }
  std::unique_ptr<ToolRun> start(ToolRequest request, std::function<void(ToolOutcome)> done) override {
    calls = std::move(request.calls);
    finish = std::move(done);
    return std::make_unique<Run>(*this);
  }
  void answer(bool only_actions = false) {
    ToolOutcome outcome;
    for (const auto& call : calls)
      outcome.used.push_back({{call, "result of " + call.name}, false, 1ms});
    outcome.only_actions = only_actions;
    if (only_actions) outcome.actions.push_back(action);
    const auto done = finish;
    done(std::move(outcome));
  }
  std::string words;
  ChatAction action = EndCall{};
  std::vector<ToolCall> calls;
  std::function<void(ToolOutcome)> finish;
  int running = 0;
};

struct ReplyLog final : ChatListener {
  void on_reply_text(std::string_view delta) override {
    text += delta;
    if (on_text) on_text();
  }
  void on_reply_action(ChatAction action) override {
    actions.push_back(std::move(action));
    if (on_action) on_action();
  }
  void on_reply_tool_call(ToolCall) override { ADD_FAILURE() << "tools stay inside"; }
  void on_reply_end() override {
    ++ends;
    if (on_end) on_end();
  }
  void on_reply_failed(vendor::VendorError failure) override { error = std::move(failure); }
  std::string text;
  std::vector<ChatAction> actions;
  int ends = 0;
  std::optional<vendor::VendorError> error;
  std::function<void()> on_text, on_action, on_end;
};

class ToolLoopTest : public ::testing::Test {
 protected:
  void ask() {
    reply_ = loop_.start({.executor = context_.get_executor(),
                          .agent = agent_,
                          .choice = {},
                          .history = {{Role::caller, "Weather?", InputKind::speech, {}}},
                          .tools = {},
                          .log = log::Logger("test"),
                          .observer = vendor::ignore_usage()},
                         heard_);
  }
  boost::asio::io_context context_;
  std::shared_ptr<agent::Agent> agent_ = std::make_shared<agent::Agent>();
  ToldMind mind_;
  HeldTools tools_;
  ToolLoop loop_{mind_, tools_};
  ReplyLog heard_;
  std::unique_ptr<ChatReply> reply_;
};

TEST_F(ToolLoopTest, AReplyWithoutToolsPassesThrough) {
  ask();
  EXPECT_EQ(mind_.reply().request.tools.size(), 2U) << "the built-in ones are offered";
  mind_.reply().say("Hello.");
  mind_.reply().end();
  EXPECT_EQ(heard_.text, "Hello.");
  EXPECT_EQ(heard_.ends, 1);
}

TEST_F(ToolLoopTest, TheReplyGoesOnWithTheResultsInItsHistory) {
  ask();
  mind_.reply().say("Let me see.");
  mind_.reply().call("weather");
  mind_.reply().call("traffic");
  mind_.reply().end();
  ASSERT_EQ(tools_.calls.size(), 2U);
  tools_.answer();
  ASSERT_EQ(mind_.asked, 2);
  const auto& history = mind_.reply().request.history;
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[1].role, Role::agent);
  EXPECT_EQ(history[1].text, "Let me see.\n\n");
  ASSERT_EQ(history[1].tools.size(), 2U);
  EXPECT_EQ(history[1].tools[1].result, "result of traffic");
  EXPECT_EQ(heard_.actions.size(), 2U);
  mind_.reply().say("It is sunny.");
  mind_.reply().end();
  EXPECT_EQ(heard_.text, "Let me see.\n\nIt is sunny.");
  EXPECT_EQ(heard_.ends, 1);
}

// The splitter would wait for what follows and join a short sentence to it.
TEST_F(ToolLoopTest, WhatIsSaidBeforeTheToolsIsSpokenWhileTheyRun) {
  tools_.words = "One moment.";
  ask();
  mind_.reply().call("weather");
  mind_.reply().end();
  SentenceSplitter splitter;
  EXPECT_THAT(splitter.push(heard_.text), ElementsAre("One moment."));
}

TEST_F(ToolLoopTest, NothingIsSaidMeanwhileWhenTheModelHasSpoken) {
  tools_.words = "One moment.";
  ask();
  mind_.reply().say("I will look.");
  mind_.reply().call("weather");
  mind_.reply().end();
  EXPECT_EQ(heard_.text, "I will look.\n\n");
}

TEST_F(ToolLoopTest, AGoodbyeEndsWithItsWordsAndIsAskedForThemWhenItHasNone) {
  ask();
  mind_.reply().say("Goodbye.");
  mind_.reply().call("end_call");
  mind_.reply().end();
  tools_.answer(true);
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(mind_.asked, 1);

  heard_ = {};
  ask();
  mind_.reply().say(" \n");
  mind_.reply().call("end_call");
  mind_.reply().end();
  tools_.answer(true);
  EXPECT_EQ(heard_.ends, 0);
  EXPECT_EQ(mind_.asked, 3);
  mind_.reply().say("Goodbye.");
  mind_.reply().end();
  EXPECT_EQ(heard_.ends, 1);
}

TEST_F(ToolLoopTest, ATransferNeedsNoWordsOfTheModelWhenTheAgentHasSome) {
  tools_.action = Escalate{"asked for"};
  const auto hand_over = [this] {
    heard_ = {};
    const int before = mind_.asked;
    ask();
    mind_.reply().call("transfer_to_human");
    mind_.reply().end();
    tools_.answer(true);
    EXPECT_EQ(heard_.actions.size(), 2U);
    return mind_.asked - before;
  };
  agent_->transfer.enabled = true;
  EXPECT_EQ(hand_over(), 2) << "nobody says anything";
  agent_->transfer.say = "I am putting you through.";
  EXPECT_EQ(hand_over(), 1);
  EXPECT_EQ(heard_.ends, 1);
  agent_->transfer.enabled = false;
  EXPECT_EQ(hand_over(), 2) << "the words are never said";
}

TEST_F(ToolLoopTest, AModelThatNeverStopsCallingIsStopped) {
  ask();
  for (int round = 0; round < kMostToolRounds; ++round) {
    mind_.reply().call("weather");
    mind_.reply().end();
    tools_.answer();
  }
  mind_.reply().call("weather");
  mind_.reply().end();
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(mind_.asked, kMostToolRounds + 1);
}

TEST_F(ToolLoopTest, AFloodOfCallsIsCut) {
  ask();
  for (int i = 0; i < 100; ++i)
    mind_.reply().call("weather");
  mind_.reply().end();
  EXPECT_EQ(tools_.calls.size(), 16U);
}

TEST_F(ToolLoopTest, AFailureInALaterRoundIsTheRepliesFailure) {
  ask();
  mind_.reply().call("weather");
  mind_.reply().end();
  tools_.answer();
  mind_.reply().listener.on_reply_failed({vendor::Fault::timeout, "v", "late"});
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->fault, vendor::Fault::timeout);
}

TEST_F(ToolLoopTest, DestroyingTheReplyCancelsModelAndTools) {
  ask();
  reply_.reset();
  EXPECT_TRUE(mind_.replies.empty());
  ask();
  mind_.reply().call("weather");
  mind_.reply().end();
  EXPECT_EQ(tools_.running, 1);
  reply_.reset();
  EXPECT_EQ(tools_.running, 0);
}

TEST_F(ToolLoopTest, TheReplyMayBeDestroyedInsideAnyCall) {
  tools_.words = "Wait.";
  heard_.on_text = [this] { reply_.reset(); };
  ask();
  mind_.reply().say("x");
  EXPECT_FALSE(reply_);
  ask();
  mind_.reply().call("weather");
  mind_.reply().end();
  EXPECT_FALSE(reply_);
  EXPECT_EQ(tools_.running, 0);
  heard_.on_text = nullptr;
  heard_.on_end = [this] { reply_.reset(); };
  ask();
  mind_.reply().end();
  EXPECT_FALSE(reply_);
  heard_.on_action = [this] { reply_.reset(); };
  ask();
  mind_.reply().call("weather");
  mind_.reply().end();
  tools_.answer();
  EXPECT_FALSE(reply_);
  EXPECT_TRUE(mind_.replies.empty());
}

}  // namespace
}  // namespace parley::llm
