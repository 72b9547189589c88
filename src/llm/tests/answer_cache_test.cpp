#include "llm/answer_cache.hpp"

#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

namespace parley::llm {
namespace {

using namespace std::chrono_literals;

struct ToldMind final : ChatModel {
  struct Reply final : ChatReply {};
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  std::unique_ptr<ChatReply> start(ChatRequest, ChatListener& to) override {
    ++asked;
    listener = &to;
    return std::make_unique<Reply>();
  }
  int asked = 0;
  ChatListener* listener = nullptr;
};

struct ReplyLog final : ChatListener {
  void on_reply_text(std::string_view delta) override { text += delta; }
  void on_reply_action(ChatAction) override { ++actions; }
  void on_reply_tool_call(ToolCall) override { ++calls; }
  void on_reply_end() override { ++ends; }
  void on_reply_failed(vendor::VendorError) override { ++failures; }
  std::string text;
  int actions = 0, calls = 0, ends = 0, failures = 0;
};

class AnswerCacheTest : public ::testing::Test {
 protected:
  AnswerCacheTest() {
    agent_->name = "desk";
    agent_->version = "v1";
    agent_->caching.answers = true;
    agent_->caching.answers_for = 60s;
  }
  ChatRequest request(std::vector<Message> history) {
    return {.executor = context_.get_executor(),
            .agent = agent_,
            .choice = {},
            .history = std::move(history),
            .tools = {},
            .log = log::Logger("test"),
            .observer = vendor::ignore_usage()};
  }
  ChatRequest question(std::string text) {
    return request({{Role::agent, "Welcome.", InputKind::speech, {}},
                    {Role::caller, std::move(text), InputKind::speech, {}}});
  }
  void ask(ChatRequest asked) {
    heard_ = {};
    reply_ = model_->start(std::move(asked), heard_);
    context_.restart();
    context_.poll();
  }
  void answer(std::string_view text) {
    mind_->listener->on_reply_text(text);
    mind_->listener->on_reply_end();
  }

  boost::asio::io_context context_;
  ManualClock clock_;
  std::shared_ptr<agent::Agent> agent_ = std::make_shared<agent::Agent>();
  std::shared_ptr<ToldMind> mind_ = std::make_shared<ToldMind>();
  AnswerCache cache_{clock_, 3};
  std::shared_ptr<ChatModel> model_ = cache_.around(mind_);
  ReplyLog heard_;
  std::unique_ptr<ChatReply> reply_;
};

TEST_F(AnswerCacheTest, TheSameQuestionIsAnsweredWithoutTheModelUntilItsTimeIsOver) {
  ask(question("When are you open?"));
  answer("From nine to five.");
  ask(question("  when ARE you   open"));
  EXPECT_EQ(heard_.text, "From nine to five.");
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(mind_->asked, 1);
  clock_.advance(61s);
  ask(question("When are you open?"));
  EXPECT_EQ(mind_->asked, 2);
}

TEST_F(AnswerCacheTest, AnAgentWithOneCallersValuesIsNeitherAnsweredFromItNorKept) {
  ask(question("When are you open?"));
  answer("From nine to five.");
  agent_->personal = true;
  ask(question("When are you open?"));
  EXPECT_EQ(mind_->asked, 2);
  answer("For you, Asha, always.");
  agent_->personal = false;
  ask(question("When are you open?"));
  EXPECT_EQ(heard_.text, "From nine to five.");
}

TEST_F(AnswerCacheTest, AnotherVersionOrAnAgentThatForbidsItIsAsked) {
  ask(question("When are you open?"));
  answer("Always.");
  agent_->version = "v2";
  ask(question("When are you open?"));
  EXPECT_EQ(mind_->asked, 2);
  agent_->version = "v1";
  agent_->caching.answers = false;
  ask(question("When are you open?"));
  EXPECT_EQ(mind_->asked, 3);
}

TEST_F(AnswerCacheTest, OnlyAFirstQuestionInWordsHasAKey) {
  const Message asked{Role::caller, "Hours?", InputKind::speech, {}};
  const Message said{Role::agent, "Nine to five.", InputKind::speech, {}};
  EXPECT_TRUE(question_key(request({asked})));
  EXPECT_TRUE(question_key(request({said, asked})));
  EXPECT_FALSE(question_key(request({said}))) << "nobody asked";
  EXPECT_FALSE(question_key(request({asked, said}))) << "the reply goes on";
  EXPECT_FALSE(question_key(request({asked, said, asked}))) << "not the first";
  EXPECT_FALSE(question_key(request({{Role::caller, "12", InputKind::dtmf, {}}})));
  EXPECT_FALSE(question_key(request({{Role::caller, "", InputKind::not_understood, {}}})));
  EXPECT_FALSE(question_key(request({{Role::caller, "?!", InputKind::speech, {}}})));
  EXPECT_FALSE(question_key(request({{Role::caller, std::string(301, 'x'), InputKind::speech, {}}})));
  const Message used{Role::agent, "", InputKind::speech, {{{"1", "t", "{}", ""}, "r"}}};
  EXPECT_FALSE(question_key(request({used, asked})));
}

TEST_F(AnswerCacheTest, WordsOfOtherScriptsAreToldApart) {
  EXPECT_NE(question_key(question("कब खुला है?")), question_key(question("कहाँ है?")));
  EXPECT_NE(question_key(question("go on")), question_key(question("goon")));
}

TEST_F(AnswerCacheTest, ARepliesWithActionsToolsOrAFailureAreNotKept) {
  ask(question("a?"));
  mind_->listener->on_reply_text("Bye.");
  mind_->listener->on_reply_action(EndCall{});
  mind_->listener->on_reply_end();
  EXPECT_EQ(heard_.actions, 1);
  ask(question("a?"));
  mind_->listener->on_reply_text("Let me see.");
  mind_->listener->on_reply_tool_call({"1", "t", "{}", ""});
  mind_->listener->on_reply_end();
  ask(question("a?"));
  mind_->listener->on_reply_text("Half of an");
  mind_->listener->on_reply_failed({vendor::Fault::timeout, "v", "x"});
  EXPECT_EQ(heard_.failures, 1);
  ask(question("a?"));
  answer("");
  ask(question("a?"));
  answer(std::string(5000, 'x'));
  EXPECT_EQ(heard_.text.size(), 5000U) << "told all the same";
  ask(question("a?"));
  EXPECT_EQ(mind_->asked, 6);
}

TEST_F(AnswerCacheTest, TheOldestAnswerGoesWhenThereAreTooMany) {
  for (const char* text : {"a", "b", "c", "d"}) {
    ask(question(text));
    answer(text);
  }
  ask(question("d"));
  ask(question("b"));
  EXPECT_EQ(mind_->asked, 4);
  ask(question("a"));
  EXPECT_EQ(mind_->asked, 5);
}

TEST_F(AnswerCacheTest, AnAnswerFromTheCacheComesAfterStartAndNotToADroppedReply) {
  ask(question("a"));
  answer("x");
  heard_ = {};
  reply_ = model_->start(question("a"), heard_);
  EXPECT_EQ(heard_.ends, 0);
  reply_.reset();
  context_.restart();
  context_.poll();
  EXPECT_EQ(heard_.ends, 0);
}

}  // namespace
}  // namespace parley::llm
