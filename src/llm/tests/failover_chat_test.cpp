#include "llm/failover_chat.hpp"

#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vendor/tests/manual_alarms.hpp"

namespace parley::llm {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using vendor::CircuitBreaker;
using vendor::Fault;
using vendor::VendorError;

// A model that says what the test lets it say.
struct ToldMind final : ChatModel {
  struct Reply final : ChatReply {
    Reply(ToldMind& of, ChatRequest given, ChatListener& to)
        : mind(of), request(std::move(given)), listener(to) {
      mind.replies.push_back(this);
    }
    ~Reply() override { std::erase(mind.replies, this); }
    void say(std::string_view text) { listener.on_reply_text(text); }
    void fail(Fault fault) { listener.on_reply_failed({fault, mind.name, "told to"}); }
    ToldMind& mind;
    ChatRequest request;
    ChatListener& listener;
  };

  explicit ToldMind(std::string called) : name(std::move(called)) {}
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice& choice) override {
    prepared = choice.provider;
    return {};
  }
  void warm(const ChatRequest& request) override { warmed.push_back(request.choice.provider); }
  std::unique_ptr<ChatReply> start(ChatRequest request, ChatListener& listener) override {
    ++asked;
    return std::make_unique<Reply>(*this, std::move(request), listener);
  }
  Reply& reply() { return *replies.back(); }

  std::string name;
  std::vector<Reply*> replies;
  std::vector<std::string> warmed;
  std::string prepared;
  int asked = 0;
};

struct ReplyLog final : ChatListener {
  void on_reply_text(std::string_view delta) override {
    text += delta;
    if (on_text) on_text();
  }
  void on_reply_action(ChatAction) override { ++actions; }
  void on_reply_tool_call(ToolCall call) override { tools.push_back(call.name); }
  void on_reply_end() override { ++ends; }
  void on_reply_failed(VendorError failure) override { error = std::move(failure); }
  std::string text;
  int actions = 0;
  int ends = 0;
  std::vector<std::string> tools;
  std::optional<VendorError> error;
  std::function<void()> on_text;
};

agent::ProviderChoice named(std::string provider) {
  agent::ProviderChoice choice;
  choice.model = provider + "-model";
  choice.provider = std::move(provider);
  return choice;
}

class FailoverChatTest : public ::testing::Test {
 protected:
  ChatRequest request() {
    return {.executor = context_.get_executor(),
            .agent = nullptr,
            .choice = {},
            .history = {{Role::caller, "Where is my parcel?", InputKind::speech, {}}},
            .tools = {},
            .log = log::Logger("test"),
            .observer = book_};
  }
  std::unique_ptr<ChatReply> ask() { return chat_.start(request(), heard_); }
  static ToolCall call(std::string name) { return {"id-" + name, name, "{}", ""}; }

  boost::asio::io_context context_;
  ManualClock clock_;
  vendor::testing::ManualAlarms alarms_{clock_};
  vendor::testing::EventLog book_;
  ToldMind a_{"a"};
  ToldMind b_{"b"};
  CircuitBreaker a_breaker_{clock_, {}};
  CircuitBreaker b_breaker_{clock_, {}};
  FailoverChat chat_{{{a_, named("a"), &a_breaker_}, {b_, named("b"), &b_breaker_}}, {}, alarms_};
  ReplyLog heard_;
};

TEST_F(FailoverChatTest, TheFirstChoiceAnswersAndNobodyElseIsAsked) {
  const auto reply = ask();
  a_.reply().say("It is ");
  a_.reply().say("here.");
  a_.reply().listener.on_reply_end();
  EXPECT_EQ(heard_.text, "It is here.");
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(b_.asked, 0);
  EXPECT_TRUE(book_.events.empty());
  EXPECT_EQ(alarms_.set_ones(), 0U);
}

TEST_F(FailoverChatTest, AFailureBeforeAnythingUsefulGoesToTheNextWithTheSameHistory) {
  auto reply = ask();
  a_.reply().say("");
  a_.reply().fail(Fault::no_credit);
  ASSERT_EQ(b_.asked, 1);
  EXPECT_EQ(b_.reply().request.history.size(), 1U);
  EXPECT_EQ(b_.reply().request.choice.provider, "b");
  EXPECT_THAT(book_.events, ElementsAre("failed a no_credit", "switched a b"));
  reply = ask();  // the call stays
  EXPECT_EQ(a_.asked, 1);
  EXPECT_EQ(b_.asked, 2);
}

TEST_F(FailoverChatTest, NoTokenInTimeIsAFailure) {
  const auto reply = ask();
  a_.reply().say("");
  alarms_.advance(3999ms);
  EXPECT_EQ(b_.asked, 0);
  alarms_.advance(1ms);
  EXPECT_EQ(b_.asked, 1);
  EXPECT_TRUE(a_.replies.empty());
  EXPECT_EQ(book_.events.front(), "failed a timeout");
}

TEST_F(FailoverChatTest, ABreakInTheMiddleIsGoneOnFromByTheNext) {
  const auto reply = ask();
  a_.reply().say("Your parcel ");
  a_.reply().say("is in ");
  a_.reply().fail(Fault::unreachable);
  ASSERT_EQ(b_.asked, 1);
  const auto& history = b_.reply().request.history;
  ASSERT_EQ(history.size(), 2U);
  EXPECT_EQ(history[1].role, Role::agent);
  EXPECT_EQ(history[1].text, "Your parcel is in ");
  b_.reply().say("Pune.");
  b_.reply().listener.on_reply_end();
  EXPECT_EQ(heard_.text, "Your parcel is in Pune.");
  EXPECT_EQ(heard_.ends, 1);
}

TEST_F(FailoverChatTest, AStallInTheMiddleIsABreak) {
  const auto reply = ask();
  a_.reply().say("Your ");
  alarms_.advance(4000ms);
  a_.reply().say("parcel ");
  alarms_.advance(4999ms);
  EXPECT_EQ(b_.asked, 0);
  alarms_.advance(1ms);
  ASSERT_EQ(b_.asked, 1);
  EXPECT_EQ(b_.reply().request.history.back().text, "Your parcel ");
}

TEST_F(FailoverChatTest, ToolsThatWereUsedStandInTheHistoryOfTheNext) {
  const auto reply = ask();
  a_.reply().say("One moment. ");
  a_.reply().listener.on_reply_action(ToolUsed{{call("track"), "in Pune"}, false, 5ms});
  a_.reply().say("It is ");
  a_.reply().fail(Fault::overloaded);
  const auto& history = b_.reply().request.history;
  ASSERT_EQ(history.size(), 3U);
  EXPECT_EQ(history[1].text, "One moment. ");
  ASSERT_EQ(history[1].tools.size(), 1U);
  EXPECT_EQ(history[1].tools[0].result, "in Pune");
  EXPECT_EQ(history[2].text, "It is ");
}

TEST_F(FailoverChatTest, AToolOrAGoodbyeIsNotAskedForTwice) {
  auto reply = ask();
  a_.reply().listener.on_reply_tool_call(call("track"));
  a_.reply().fail(Fault::unreachable);
  EXPECT_THAT(heard_.tools, ElementsAre("track"));
  EXPECT_EQ(heard_.ends, 1);
  EXPECT_EQ(b_.asked, 0);
  reply = ask();
  b_.reply().say("Goodbye.");
  b_.reply().listener.on_reply_action(EndCall{});
  b_.reply().fail(Fault::unreachable);
  EXPECT_EQ(heard_.ends, 2);
  EXPECT_FALSE(heard_.error);
}

TEST_F(FailoverChatTest, TheLastIsTriedAgainFromWhereItBroke) {
  FailoverChat chat({{a_, named("a"), &a_breaker_}}, {}, alarms_);
  const auto reply = chat.start(request(), heard_);
  a_.reply().say("Your ");
  a_.reply().fail(Fault::overloaded);
  alarms_.advance(500ms);
  ASSERT_EQ(a_.asked, 2);
  EXPECT_EQ(a_.reply().request.history.back().text, "Your ");
  a_.reply().fail(Fault::overloaded);
  alarms_.advance(1000ms);
  ASSERT_EQ(a_.asked, 3);
  a_.reply().fail(Fault::overloaded);
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(a_breaker_.state(), CircuitBreaker::State::open);
  EXPECT_THAT(book_.events, ElementsAre("failed a overloaded", "retrying a", "failed a overloaded",
                                        "retrying a", "failed a overloaded"));
}

TEST_F(FailoverChatTest, ATryThatTheBreakerRefusesMeanwhileIsTheEnd) {
  FailoverChat chat({{a_, named("a"), &a_breaker_}}, {}, alarms_);
  const auto reply = chat.start(request(), heard_);
  a_.reply().fail(Fault::overloaded);
  a_breaker_.failed({Fault::no_credit, "a", ""});
  alarms_.advance(500ms);
  ASSERT_TRUE(heard_.error);
  EXPECT_EQ(heard_.error->fault, Fault::overloaded);
  EXPECT_EQ(book_.events.back(), "circuit_open a");
}

TEST_F(FailoverChatTest, AnEmptyReplyGoesToTheNextAndIsTakenFromTheLast) {
  const auto reply = ask();
  a_.reply().listener.on_reply_end();
  ASSERT_EQ(b_.asked, 1);
  b_.reply().listener.on_reply_end();
  EXPECT_EQ(heard_.ends, 1);
}

TEST_F(FailoverChatTest, BreakersGetOneReportForEveryQuestion) {
  a_breaker_.failed({Fault::bad_key, "a", ""});
  clock_.advance(15s);
  {
    const auto reply = ask();
    EXPECT_EQ(a_breaker_.state(), CircuitBreaker::State::half_open);
  }
  EXPECT_TRUE(a_breaker_.allow());
  a_breaker_.abandoned();
  {
    const auto reply = ask();
    a_.reply().say("Yes");
  }
  EXPECT_EQ(a_breaker_.state(), CircuitBreaker::State::closed);
}

TEST_F(FailoverChatTest, AllCircuitsOpenIsToldLater) {
  a_breaker_.failed({Fault::bad_key, "a", ""});
  b_breaker_.failed({Fault::bad_key, "b", ""});
  const auto reply = ask();
  EXPECT_FALSE(heard_.error);
  alarms_.advance(0ms);
  EXPECT_TRUE(heard_.error);
  EXPECT_EQ(a_.asked + b_.asked, 0);
  EXPECT_THAT(book_.events, ElementsAre("circuit_open a", "circuit_open b"));
}

TEST_F(FailoverChatTest, TheOwnerMayDestroyTheReplyInACall) {
  auto reply = ask();
  heard_.on_text = [&] { reply.reset(); };
  a_.reply().say("Hello");
  EXPECT_TRUE(a_.replies.empty());
  EXPECT_EQ(alarms_.set_ones(), 0U);
}

TEST_F(FailoverChatTest, TheDeadlineIsAnOptionAndAllChoicesArePrepared) {
  auto choice = named("a");
  choice.options = {{"first_token_ms", "300"}, {"temperature", "0"}};
  FailoverChat chat({{a_, choice, nullptr}, {b_, named("b"), nullptr}}, {}, alarms_);
  EXPECT_TRUE(chat.prepare(nullptr, {}));
  EXPECT_EQ(a_.prepared + b_.prepared, "ab");
  chat.warm(request());
  EXPECT_THAT(a_.warmed, ElementsAre("a"));
  const auto reply = chat.start(request(), heard_);
  EXPECT_EQ(a_.reply().request.choice.options, (std::map<std::string, std::string>{{"temperature", "0"}}));
  alarms_.advance(300ms);
  EXPECT_EQ(b_.asked, 1);
}

}  // namespace
}  // namespace parley::llm
