#include "control/browser_calls.hpp"

#include <future>

#include <gmock/gmock.h>

#include "agent/agent_file.hpp"
#include "base/tests/temporary_directory.hpp"
#include "base/wall_millis.hpp"
#include "control/browser_session.hpp"
#include "engine/end_reason.hpp"
#include "storage/call_log.hpp"
#include "storage/sql/database.hpp"

namespace parley::control {
namespace {

using engine::EndReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

struct Ready final : ReadyAgent {
  explicit Ready(agent::AgentPtr made) : agent_(std::move(made)) {}
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  agent::AgentPtr agent_;
  std::vector<std::string> warnings_;
};

std::string text_of(const std::string& name, const std::string& words = "Hello {{name|there}}.") {
  return "name: " + name + "\nfirst_message: \"" + words +
         "\"\nllm: {provider: instant}\ntransfer: {to: [\"+918030752400\"], failed_say: Nobody is free.}\n";
}

std::vector<std::string> lines(const std::vector<llm::Message>& said) {
  std::vector<std::string> out;
  for (const llm::Message& one : said)
    out.push_back((one.role == llm::Role::agent ? "agent: " : "caller: ") + one.text);
  return out;
}

class BrowserCallsTest : public testing::Test {
 protected:
  BrowserCallsTest() {
    auto opened = storage::sql::open_sqlite((directory_.path() / "parley.db").string(), {});
    if (!opened) throw std::runtime_error(describe(opened.error()));
    database_ = std::move(*opened);
    store_ = storage::make_control_store(*database_);
    auto log = storage::open_call_log(*database_, {}, registry_);
    if (!log) throw std::runtime_error(describe(log.error()));
    log_ = std::move(*log);
    publish("desk");
    begin_anew();
  }

  // As after a start of the server.
  void begin_anew(BrowserCalls::Options options = {}) {
    calls_ =
        std::make_unique<BrowserCalls>(BrowserCalls::Dependencies{clock_, *store_, *log_, agents_}, options);
  }
  void publish(const std::string& name, const std::string& words = "Hello {{name|there}}.") {
    storage::ControlStore::PublishedAgent row{};
    row.agent.id = "id-" + name;
    row.agent.workspace_id = "default";
    row.agent.name = name;
    row.agent.published_version = ++versions_;
    row.agent.published_at = versions_;
    row.version.agent_id = row.agent.id;
    row.version.number = versions_;
    row.version.text = text_of(name, words);
    std::erase_if(published_, [&](const auto& one) { return one.agent.name == name; });
    published_.push_back(std::move(row));
    ASSERT_TRUE(agents_.refresh());
  }
  void draft(const std::string& name, std::string text) {
    storage::AgentRow row{};
    row.id = "id-" + name;
    row.workspace_id = "default";
    row.name = name;
    row.draft = std::move(text);
    const auto made = store_->create_agent(row);
    ASSERT_TRUE(made) << describe(made.error());
  }

  Result<BrowserTicket> ask(BrowserCallRequest request) {
    request.workspace_id = "default";
    return calls_->announce(std::move(request));
  }
  Errc refused(BrowserCallRequest request) {
    const auto ticket = ask(std::move(request));
    EXPECT_FALSE(ticket);
    if (ticket) return Errc::internal;
    why_ = ticket.error().message;
    return ticket.error().code;
  }
  BrowserCall open(BrowserCallRequest request) {
    const auto ticket = ask(std::move(request));
    EXPECT_TRUE(ticket) << describe(ticket.error());
    auto call = ticket ? calls_->open(ticket->token) : std::nullopt;
    EXPECT_TRUE(call);
    return call ? std::move(*call) : BrowserCall();
  }
  // Announced, opened and started; its rows are in the log.
  engine::CallAgent begin(BrowserCallRequest request) {
    auto chosen = calls_->begin(open(std::move(request)));
    EXPECT_TRUE(chosen) << describe(chosen.error());
    if (!chosen) return {};
    storage::CallRecord row;
    row.id = chosen->call_id;
    row.workspace_id = chosen->workspace_id;
    row.session_id = chosen->session_id;
    row.carrier = kBrowserCarrier;
    row.agent = chosen->agent->name;
    row.agent_version = chosen->agent->version;
    row.agent_text = chosen->agent_text;
    row.from = chosen->from;
    row.variables = chosen->variables;
    row.started_at = now_millis();
    log_->append_call(row);
    return std::move(*chosen);
  }
  void said(const engine::CallAgent& call, const std::string& caller, const std::string& agent) {
    storage::TurnRecord turn;
    turn.call_id = call.call_id;
    turn.number = ++turns_;
    turn.caller_text = caller;
    turn.agent_heard = agent;
    turn.input_kind = "speech";
    log_->put_turn(turn);
    std::vector<llm::Message> all = call.earlier;
    all.push_back({llm::Role::caller, caller});
    all.push_back({llm::Role::agent, agent});
    calls_->observer().on_conversation(call.call_id, all);
  }
  void end(const engine::CallAgent& call, EndReason reason, std::string in_words = {}) {
    if (in_words.empty()) in_words = to_string(reason);
    const storage::CallEnd end{status_of(reason), std::move(in_words), now_millis(), 1000, false};
    log_->end_call(call.call_id, end);
    calls_->observer().on_call_ended(call.call_id, end);
    flush();
  }
  void flush() {
    std::promise<Result<void>> done;
    log_->flush([&](Result<void> written) { done.set_value(std::move(written)); });
    ASSERT_TRUE(done.get_future().get());
  }
  storage::WallMillis now_millis() const { return ::parley::now_millis(clock_); }

  TemporaryDirectory directory_;
  metrics::Registry registry_;
  ManualClock clock_;
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<storage::ControlStore> store_;
  std::unique_ptr<storage::CallStore> log_;
  std::vector<storage::ControlStore::PublishedAgent> published_;
  int versions_ = 0;
  int turns_ = 0;
  std::string keyless_ = "keyless";
  std::string why_;
  AgentDirectory agents_{
      DirectorySource{
          [this]() -> Result<std::vector<storage::ControlStore::PublishedAgent>> { return published_; }, {}},
      [this](const std::string&, agent::AgentPtr agent) -> Result<ReadyAgentPtr> {
        if (agent->name == keyless_) return fail(Errc::invalid_argument, "OPENAI_API_KEY is not set");
        return std::make_shared<Ready>(std::move(agent));
      },
      StandardAgent{std::make_shared<Ready>(std::make_shared<agent::Agent>()), "", false}};
  std::unique_ptr<BrowserCalls> calls_;
};

TEST_F(BrowserCallsTest, ATokenOpensItsCallOnceAndForAMinute) {
  const auto ticket = ask({.agent = "desk", .caller = "Asha"});
  ASSERT_TRUE(ticket);
  EXPECT_EQ(ticket->agent, "desk");
  EXPECT_EQ(ticket->expires_at, now_millis() + 60'000);
  EXPECT_EQ(ticket->token.size(), 32U);
  EXPECT_TRUE(calls_->find(ticket->token)) << "looking does not use it up";
  const auto call = calls_->open(ticket->token);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->session_id, ticket->session_id);
  EXPECT_EQ(call->caller, "Asha");
  EXPECT_FALSE(calls_->open(ticket->token));
  EXPECT_FALSE(calls_->find("nobody-knows-it"));
  const auto late = ask({.agent = "desk"});
  clock_.advance(std::chrono::seconds(61));
  EXPECT_FALSE(calls_->find(late->token));
  EXPECT_FALSE(calls_->open(late->token));
}

TEST_F(BrowserCallsTest, OnlySoManyWaitAndTheirPlacesComeBack) {
  begin_anew({.most_tickets = 3, .most_of_workspace = 2});
  ASSERT_TRUE(ask({}));
  ASSERT_TRUE(ask({}));
  EXPECT_EQ(refused({}), Errc::overloaded);
  EXPECT_TRUE(calls_->announce({.workspace_id = "other", .agent = "echo"}))
      << "another workspace has its own";
  EXPECT_FALSE(calls_->announce({.workspace_id = "third", .agent = "echo"}));
  clock_.advance(std::chrono::seconds(61));
  EXPECT_TRUE(ask({}));
}

TEST_F(BrowserCallsTest, WhoCallsIsToldToTheCallAndNobodyIsBehindIt) {
  const auto call =
      begin({.agent = "id-desk", .session_id = "s", .variables = {{"name", "Asha"}}, .caller = "Ravi"});
  EXPECT_EQ(call.agent->name, "desk");
  EXPECT_EQ(call.agent->first_message, "Hello Asha.");
  EXPECT_FALSE(call.agent->transfer.enabled);
  EXPECT_EQ(call.agent->transfer.failed_say, "Nobody is free.");
  EXPECT_FALSE(call.line_charged);
  ASSERT_TRUE(call.no_transfer);
  EXPECT_TRUE(call.no_transfer->agent_would);
  EXPECT_EQ(call.from, "Ravi");
  EXPECT_EQ(call.session_id, "s");
  EXPECT_EQ(call.variables, R"({"name":"Asha"})");
  EXPECT_EQ(call.agent_text, text_of("desk"));
  EXPECT_EQ(begin({.agent = "desk"}).from, "browser");
}

TEST_F(BrowserCallsTest, ABundledAgentIsFoundByItsNameUnlessTheWorkspaceHasOneOfIt) {
  EXPECT_EQ(open({.agent = "echo"}).answerer.agent->agent()->kind, agent::AgentKind::echo);
  EXPECT_EQ(refused({.agent = "nobody"}), Errc::not_found);
  EXPECT_EQ(refused({.agent = "../secrets.yaml"}), Errc::not_found);
  draft("echo", text_of("echo"));
  EXPECT_EQ(refused({.agent = "echo"}), Errc::not_found);
}

TEST_F(BrowserCallsTest, ADraftAnswersInPlaceOfThePublishedVersion) {
  draft("desk", text_of("desk", "The draft."));
  EXPECT_EQ(begin({.agent = "desk", .draft = true}).agent->first_message, "The draft.");
  EXPECT_EQ(begin({.agent = "id-desk", .draft = true}).agent->first_message, "The draft.");
  EXPECT_EQ(begin({.agent = "desk"}).agent->first_message, "Hello there.");
  publish("sales");
  EXPECT_EQ(begin({.agent = "sales", .draft = true}).agent->name, "sales") << "it has none";
}

TEST_F(BrowserCallsTest, ADraftThatCannotTalkSaysWhatItLacks) {
  draft("wrong", "name: wrong\nfirst_mesage: Hello.\n");
  EXPECT_EQ(refused({.agent = "wrong", .draft = true}), Errc::conflict);
  EXPECT_THAT(why_, HasSubstr("first_mesage"));
  draft("keyless", text_of("keyless"));
  EXPECT_EQ(refused({.agent = "keyless", .draft = true}), Errc::conflict);
  EXPECT_THAT(why_, HasSubstr("OPENAI_API_KEY"));
  publish("keyless");
  EXPECT_EQ(refused({.agent = "keyless"}), Errc::conflict) << "coming back later would not help";
}

TEST_F(BrowserCallsTest, ASessionThatBrokeOffGoesOnWithoutAGreeting) {
  const auto first = begin({.agent = "desk", .session_id = "s", .variables = {{"name", "Asha"}}});
  said(first, "two seats", "Which day?");
  end(first, EndReason::stream_lost);
  clock_.advance(std::chrono::minutes(4));
  publish("desk", "Good morning.");
  const auto second = begin({.session_id = "s"});
  EXPECT_NE(second.call_id, first.call_id);
  EXPECT_EQ(second.session_id, "s");
  EXPECT_EQ(second.agent->first_message, "");
  EXPECT_EQ(second.agent_text, text_of("desk")) << "the configuration that it began with";
  EXPECT_EQ(second.variables, R"({"name":"Asha"})");
  EXPECT_THAT(lines(second.earlier), ElementsAre("caller: two seats", "agent: Which day?"));
  // Once more, with all that was said.
  said(second, "monday", "Booked.");
  end(second, EndReason::caller_hung_up);
  EXPECT_THAT(lines(begin({.session_id = "s"}).earlier),
              ElementsAre("caller: two seats", "agent: Which day?", "caller: monday", "agent: Booked."));
}

TEST_F(BrowserCallsTest, WhoHasHeardNothingYetIsGreetedAgain) {
  end(begin({.agent = "desk", .session_id = "s"}), EndReason::stream_lost);
  EXPECT_EQ(begin({.session_id = "s"}).agent->first_message, "Hello there.");
}

TEST_F(BrowserCallsTest, AConversationThatHasEndedOrRestsTooLongBeginsAnew) {
  for (const bool restarted : {false, true}) {
    for (const EndReason reason : {EndReason::agent_hung_up, EndReason::hung_up, EndReason::max_duration}) {
      const std::string session = "s" + std::string(to_string(reason)) + (restarted ? "r" : "");
      const auto first = begin({.agent = "desk", .session_id = session});
      said(first, "bye", "Goodbye.");
      end(first, reason);
      if (restarted) begin_anew();
      const auto second = begin({.session_id = session});
      EXPECT_THAT(second.earlier, IsEmpty()) << session;
      EXPECT_EQ(second.agent->first_message, "Hello there.");
    }
    const auto first = begin({.agent = "desk", .session_id = restarted ? "old-r" : "old"});
    said(first, "hello", "Yes?");
    end(first, EndReason::stream_lost);
    if (restarted) begin_anew();
    clock_.advance(std::chrono::minutes(6));
    EXPECT_THAT(begin({.session_id = restarted ? "old-r" : "old"}).earlier, IsEmpty());
  }
}

TEST_F(BrowserCallsTest, AfterARestartTheLogHasWhatWasSaid) {
  const auto first = begin({.agent = "desk", .session_id = "s", .variables = {{"name", "Asha"}}});
  said(first, "two seats", "Which day?");
  end(first, EndReason::stream_lost);
  clock_.advance(std::chrono::minutes(4));
  const auto second = begin({.session_id = "s"});
  said(second, "monday", "Booked.");
  end(second, EndReason::shutdown);
  begin_anew();
  clock_.advance(std::chrono::minutes(4));
  publish("desk", "Good morning.");
  const auto third = begin({.session_id = "s"});
  EXPECT_THAT(lines(third.earlier),
              ElementsAre("caller: two seats", "agent: Which day?", "caller: monday", "agent: Booked."));
  EXPECT_EQ(third.agent_text, text_of("desk"));
  EXPECT_EQ(third.variables, R"({"name":"Asha"})");
}

TEST_F(BrowserCallsTest, TheLogKnowsKeysAndWhatWasNotUnderstood) {
  storage::TurnRecord greeting;
  greeting.input_kind = "greeting";
  greeting.agent_heard = "Hello.";
  storage::TurnRecord keys;
  keys.input_kind = "dtmf";
  keys.caller_text = "12";
  storage::TurnRecord noise;
  noise.input_kind = "not_understood";
  noise.agent_heard = "Again, please.";
  const auto said = messages_of({greeting, keys, noise});
  EXPECT_THAT(lines(said), ElementsAre("agent: Hello.", "caller: 12", "caller: ", "agent: Again, please."));
  EXPECT_EQ(said[1].kind, llm::InputKind::dtmf);
  EXPECT_EQ(said[2].kind, llm::InputKind::not_understood);
}

TEST_F(BrowserCallsTest, OneConnectionHasTheSession) {
  const auto first = begin({.agent = "desk", .session_id = "s"});
  said(first, "two seats", "Which day?");
  const BrowserCall second = open({.session_id = "s"});
  EXPECT_EQ(calls_->running(second), first.call_id);
  EXPECT_EQ(calls_->begin(second).error().code, Errc::permission_denied);
  end(first, EndReason::hung_up, std::string(kTakenUp));
  EXPECT_FALSE(calls_->running(second));
  const auto begun = calls_->begin(second);
  ASSERT_TRUE(begun);
  EXPECT_THAT(lines(begun->earlier), ElementsAre("caller: two seats", "agent: Which day?"));
  // The end of the first, told late or again, is not that of the second.
  calls_->observer().on_call_ended(first.call_id, {});
  EXPECT_EQ(calls_->running(second), begun->call_id);
  EXPECT_FALSE(calls_->running(open({.session_id = "t"})));
}

TEST_F(BrowserCallsTest, WhatAnotherNodeHasGoneOnWithIsTakenUp) {
  for (const EndReason reason : {EndReason::stream_lost, EndReason::agent_hung_up}) {
    const std::string session(to_string(reason));
    const auto first = begin({.agent = "desk", .session_id = session});
    said(first, "two seats", "Which day?");
    end(first, reason);
    clock_.advance(std::chrono::seconds(1));
    auto here = std::move(calls_);
    begin_anew();  // as on another node
    const auto second = begin({.session_id = session});
    said(second, "monday", "Booked.");
    end(second, EndReason::caller_hung_up);
    clock_.advance(std::chrono::seconds(1));
    calls_ = std::move(here);
    auto all = lines(second.earlier);
    all.insert(all.end(), {"caller: monday", "agent: Booked."});
    EXPECT_EQ(lines(begin({.session_id = session}).earlier), all) << session;
  }
}

TEST_F(BrowserCallsTest, ACallThatWasAnnouncedInTimeMayBeOpenedAMomentLater) {
  for (const bool restarted : {false, true}) {
    const std::string session = restarted ? "r" : "s";
    const auto first = begin({.agent = "desk", .session_id = session});
    said(first, "two seats", "Which day?");
    end(first, EndReason::stream_lost);
    if (restarted) begin_anew();
    clock_.advance(std::chrono::seconds(299));
    const auto ticket = ask({.session_id = session});
    ASSERT_TRUE(ticket);
    clock_.advance(std::chrono::seconds(59));
    ASSERT_TRUE(ask({})) << "which forgets what is old";
    const auto call = calls_->open(ticket->token);
    ASSERT_TRUE(call);
    EXPECT_THAT(lines(calls_->begin(*call)->earlier), ElementsAre("caller: two seats", "agent: Which day?"));
  }
}

TEST_F(BrowserCallsTest, ACallThatHasEndedSinceItWasAnnouncedIsNotGoneOnWith) {
  const auto first = begin({.agent = "desk", .session_id = "s"});
  said(first, "bye", "Goodbye.");
  const BrowserCall second = open({.session_id = "s"});
  end(first, EndReason::agent_hung_up);
  EXPECT_THAT(calls_->begin(second)->earlier, IsEmpty());
}

TEST_F(BrowserCallsTest, AConversationThatGoesOnNoMoreIsForgottenWithItsAgent) {
  std::weak_ptr<const void> ended;
  std::weak_ptr<const void> broken_off;
  {
    const auto one = begin({.agent = "desk", .session_id = "a"});
    said(one, "bye", "Goodbye.");
    ended = one.keeps_alive;
    end(one, EndReason::agent_hung_up);
  }
  publish("desk", "Good morning.");
  EXPECT_TRUE(ended.expired()) << "at once";
  {
    const auto one = begin({.agent = "desk", .session_id = "b"});
    broken_off = one.keeps_alive;
    end(one, EndReason::stream_lost);
  }
  publish("desk", "Good evening.");
  clock_.advance(std::chrono::minutes(6));
  ASSERT_TRUE(ask({}));
  EXPECT_FALSE(broken_off.expired());
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(ask({}));
  EXPECT_TRUE(broken_off.expired());
}

TEST_F(BrowserCallsTest, SessionsOfOthersAreRefused) {
  const auto call = begin({.agent = "desk", .session_id = "s"});
  publish("sales");
  EXPECT_EQ(refused({.agent = "sales", .session_id = "s"}), Errc::conflict);
  EXPECT_TRUE(ask({.agent = "id-desk", .session_id = "s"}));
  end(call, EndReason::stream_lost);
  begin_anew();
  EXPECT_EQ(refused({.agent = "sales", .session_id = "s"}), Errc::conflict);
  for (const char* channel : {"chat", "phone"}) {
    storage::SessionRecord session{};
    session.id = channel;
    session.workspace_id = "default";
    session.channel = channel;
    session.agent = "desk";
    ASSERT_TRUE(store_->create_session(session));
    EXPECT_EQ(refused({.session_id = channel}), Errc::conflict);
    EXPECT_THAT(why_, HasSubstr(channel));
  }
}

TEST_F(BrowserCallsTest, MemoryIsBoundedAndWhatItForgetsIsInTheLog) {
  begin_anew({.most_sessions = 2});
  for (const char* session : {"a", "b", "c"}) {
    const auto call = begin({.agent = "desk", .session_id = session});
    said(call, session, "Yes?");
    clock_.advance(std::chrono::seconds(1));
    end(call, EndReason::stream_lost);
  }
  for (const char* session : {"a", "b", "c"}) {
    const auto call = begin({.session_id = session});
    EXPECT_THAT(lines(call.earlier), ElementsAre(std::string("caller: ") + session, "agent: Yes?"));
    end(call, EndReason::stream_lost);
  }
}

}  // namespace
}  // namespace parley::control
