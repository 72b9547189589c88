#include "control/chat.hpp"

#include <regex>

#include <gmock/gmock.h>

#include "agent/agent_file.hpp"
#include "control/tests/loop_fixture.hpp"
#include "llm/script_model.hpp"
#include "storage/tests/temporary_directory.hpp"

namespace parley::control {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kClinic = R"(name: clinic
first_message: Welcome to the clinic.
llm:
  provider: script
  options: {utc_offset: "+05:30"}
script:
  first_stage: start
  slots:
    city: {kind: choice, choices: {Pune: [pune], Delhi: [delhi]}}
  stages:
    start:
      rules:
        - patterns: [book]
          reply: Which city?
          go_to: booking
        - patterns: [person]
          reply: One moment.
          escalate: true
    booking:
      rules:
        - patterns: ["{city}"]
          reply: Booked in {city}. Goodbye.
          end_call: true
)";

struct Ready final : ReadyAgent {
  Ready(agent::AgentPtr made, std::shared_ptr<llm::ChatModel> with)
      : agent_(std::move(made)), model(std::move(with)) {}
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override {
    engine::Vendors vendors;
    vendors.chat = model;
    return vendors;
  }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  agent::AgentPtr agent_;
  std::shared_ptr<llm::ChatModel> model;
  std::vector<std::string> warnings_;
};

// Answers when the test says so.
struct HandModel final : llm::ChatModel {
  struct Reply final : llm::ChatReply {
    explicit Reply(HandModel& of) : owner(of) {}
    ~Reply() override { owner.listener = nullptr; }
    HandModel& owner;
  };
  Result<void> prepare(const agent::AgentPtr&, const agent::ProviderChoice&) override { return {}; }
  std::unique_ptr<llm::ChatReply> start(llm::ChatRequest asked, llm::ChatListener& to) override {
    history = std::move(asked.history);
    prompt = asked.agent->prompt;
    listener = &to;
    return std::make_unique<Reply>(*this);
  }
  llm::ChatListener* listener = nullptr;
  std::vector<llm::Message> history;
  std::string prompt;
};

class ChatTest : public LoopTest {
 protected:
  ChatTest() {
    auto opened = storage::sql::open_sqlite((directory_.path() / "parley.db").string(), {});
    if (!opened) throw std::runtime_error(describe(opened.error()));
    database_ = std::move(*opened);
    store_ = storage::make_control_store(*database_);
    hub_.add_sink([this](const LiveEvent& event) { told_.push_back(event.type); });
    publish(kClinic);
    begin();
  }
  ~ChatTest() override { run(chats_->stop()); }

  // As after a start of the server.
  void begin(ChatOptions options = {}) {
    if (chats_) run(chats_->stop());
    chats_ = std::make_unique<Chats>(Chats::Dependencies{executor(), pool_, clock_, *store_, agents_, hub_},
                                     options);
  }

  void publish(const std::string& text) {
    const auto parsed = agent::parse_agent(text, "test");
    ASSERT_TRUE(parsed) << describe(parsed.error());
    std::erase_if(published_, [&](const auto& one) { return one.agent.name == (*parsed)->name; });
    storage::ControlStore::PublishedAgent row{};
    row.agent.id = "id-" + (*parsed)->name;
    row.agent.workspace_id = "default";
    row.agent.name = (*parsed)->name;
    row.agent.published_version = ++versions_;
    row.agent.published_at = versions_;
    row.version.agent_id = row.agent.id;
    row.version.number = versions_;
    row.version.text = text;
    row.version.content_version = (*parsed)->version;
    published_.push_back(std::move(row));
    ASSERT_TRUE(agents_.refresh());
  }
  void publish_hand_agent(const std::string& more = {}) {
    publish("name: hand\nprompt: first prompt\nllm: {provider: openai, model: m}\n" + more);
  }

  ChatInput input(std::string message, std::string session = "s-1", std::string agent = "clinic") {
    return {.workspace_id = "default",
            .session_id = std::move(session),
            .agent = std::move(agent),
            .message = std::move(message)};
  }
  Result<ChatOutcome> say(std::string message, std::string session = "s-1", std::string agent = "clinic") {
    return run(chats_->answer(input(std::move(message), std::move(session), std::move(agent))));
  }
  std::unique_ptr<ChatTurn> begin_turn(ChatInput with) {
    auto turn = run(chats_->start(std::move(with)));
    EXPECT_TRUE(turn) << describe(turn.error());
    return turn ? std::move(*turn) : nullptr;
  }
  std::vector<std::string> stored(const std::string& session = "s-1") {
    std::vector<std::string> lines;
    const auto messages = store_->list_messages("default", session);
    if (!messages) return lines;
    for (const auto& message : *messages)
      lines.push_back(message.role + ": " + message.text);
    return lines;
  }

  storage::TemporaryDirectory directory_;
  std::unique_ptr<storage::sql::Database> database_;
  std::unique_ptr<storage::ControlStore> store_;
  std::vector<storage::ControlStore::PublishedAgent> published_;
  int versions_ = 0;
  std::shared_ptr<HandModel> hand_ = std::make_shared<HandModel>();
  AgentDirectory agents_{
      DirectorySource{
          [this]() -> Result<std::vector<storage::ControlStore::PublishedAgent>> { return published_; }, {}},
      [this](const std::string&, agent::AgentPtr agent) -> Result<ReadyAgentPtr> {
        std::shared_ptr<llm::ChatModel> model = hand_;
        if (agent->llm.provider == "script") model = std::make_shared<llm::ScriptModel>(clock_);
        if (agent->kind != agent::AgentKind::conversation) model = nullptr;
        return std::make_shared<Ready>(std::move(agent), std::move(model));
      },
      StandardAgent{std::make_shared<Ready>(std::make_shared<agent::Agent>(), hand_), "", false}};
  EventHub hub_{clock_};
  std::vector<std::string> told_;
  std::unique_ptr<Chats> chats_;
};

TEST_F(ChatTest, AScriptIsFollowedThroughItsStagesToTheEnd) {
  const auto first = say("I want to book");
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->session_id, "s-1");
  EXPECT_EQ(first->first_message, "Welcome to the clinic.");
  EXPECT_EQ(first->reply, "Which city?");
  EXPECT_EQ(first->messages, 3);
  const auto second = say("in Pune please");
  ASSERT_TRUE(second) << describe(second.error());
  EXPECT_EQ(second->first_message, "");
  EXPECT_THAT(second->reply, HasSubstr("Booked in"));
  EXPECT_TRUE(second->ended);
  EXPECT_THAT(stored(), ElementsAre("agent: Welcome to the clinic.", "user: I want to book",
                                    "agent: Which city?", "user: in Pune please", "agent: " + second->reply));
  EXPECT_THAT(told_, ElementsAre("stage.changed", "chat.message", "chat.message", "chat.message",
                                 "slot.filled", "chat.message", "chat.message"));
  EXPECT_TRUE(store_->find_session("default", "s-1")->ended);
  EXPECT_EQ(say("one more thing").error().code, Errc::conflict);
}

TEST_F(ChatTest, AConversationGoesOnAfterTheServerWasStartedAnew) {
  ASSERT_TRUE(say("book"));
  begin();
  EXPECT_THAT(say("delhi")->reply, HasSubstr("Booked in"));
}

TEST_F(ChatTest, ADraftIsTalkedToBeforeItIsPublishedAndItsSessionKeepsIt) {
  storage::AgentRow row{};
  row.id = "id-new";
  row.workspace_id = "default";
  row.name = "new";
  row.draft = std::regex_replace(std::string(kClinic), std::regex("name: clinic"), "name: new");
  ASSERT_TRUE(store_->create_agent(row));
  EXPECT_EQ(say("book", "s-1", "new").error().code, Errc::not_found) << "it was never published";
  ChatInput first = input("book", "s-1", "new");
  first.draft = true;
  ASSERT_TRUE(run(chats_->answer(first)));
  row.draft = "name: new\nprompt: another\nllm: {provider: openai, model: m}\n";
  ASSERT_TRUE(store_->update_agent_draft(row, 1));
  begin();
  EXPECT_THAT(say("delhi", "s-1", "id-new")->reply, HasSubstr("Booked in"));

  row.draft = "name: new\nprom: slip\n";
  ASSERT_TRUE(store_->update_agent_draft(row, 2));
  ChatInput wrong = input("book", "s-2", "new");
  wrong.draft = true;
  const auto refused = run(chats_->answer(wrong));
  EXPECT_EQ(refused.error().code, Errc::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("prom"));
}

TEST_F(ChatTest, AnAgentThatComesWithTheProgramIsTalkedToUnpublished) {
  EXPECT_THAT(say("book", "s-1", "appointment-desk")->reply, HasSubstr("Doctor Rao"));
  begin();
  EXPECT_THAT(say("Doctor Thomas", "s-1", "appointment-desk")->reply, HasSubstr("Which day"));
}

TEST_F(ChatTest, WithoutASessionIdOneIsMade) {
  const auto one = say("person", "");
  const auto two = say("person", "");
  ASSERT_TRUE(one && two);
  EXPECT_EQ(one->session_id.size(), 26U);
  EXPECT_NE(one->session_id, two->session_id);
  EXPECT_TRUE(one->escalated);
  EXPECT_THAT(told_, Contains("escalation"));
}

TEST_F(ChatTest, ByTextThereAreNoValuesOfACallAndATransferIsAnEvent) {
  std::string text = kClinic;
  text.replace(text.find("Welcome to"), 10, "\"Hello {{name|there}}, this is");
  text.replace(text.find("the clinic."), 11, "the clinic.\"");
  publish(text + "transfer: {to: '+918012', say: Wait.}\n");
  const auto first = say("person");
  ASSERT_TRUE(first) << describe(first.error());
  EXPECT_EQ(first->first_message, "Hello there, this is the clinic.");
  EXPECT_EQ(first->reply, "One moment.");
  EXPECT_TRUE(first->escalated);
  EXPECT_FALSE(first->ended);
  EXPECT_THAT(told_, Contains("escalation"));
}

TEST_F(ChatTest, ASessionCanBeginWithTheAgentsWords) {
  const auto greeted = say("");
  ASSERT_TRUE(greeted) << describe(greeted.error());
  EXPECT_EQ(greeted->first_message, "Welcome to the clinic.");
  EXPECT_EQ(greeted->reply, "");
  EXPECT_EQ(say("").error().code, Errc::invalid_argument);
  EXPECT_EQ(say("book")->reply, "Which city?");
  EXPECT_EQ(stored().size(), 3U);
}

TEST_F(ChatTest, ASessionKeepsTheConfigurationItBeganWith) {
  publish_hand_agent();
  auto turn = begin_turn(input("hello", "s-1", "hand"));
  hand_->listener->on_reply_text("hi");
  hand_->listener->on_reply_end();
  EXPECT_EQ(run(turn->next()).text, "hi");
  EXPECT_EQ(run(turn->next()).kind, ChatPiece::Kind::end);
  publish("name: hand\nprompt: second prompt\nllm: {provider: openai, model: m}\n");
  begin();
  turn = begin_turn(input("again", "s-1", "hand"));
  EXPECT_EQ(hand_->prompt, "first prompt");
  ASSERT_EQ(hand_->history.size(), 3U);
  EXPECT_EQ(hand_->history[1].text, "hi");
  EXPECT_EQ(hand_->history[2].text, "again");
  turn.reset();
  turn = begin_turn(input("hello", "s-2", "hand"));
  EXPECT_EQ(hand_->prompt, "second prompt");
}

TEST_F(ChatTest, TheSecondOfTwoTurnsAtOnceIsRefused) {
  publish_hand_agent();
  const auto turn = begin_turn(input("hello", "s-1", "hand"));
  EXPECT_EQ(say("me too", "s-1", "hand").error().code, Errc::conflict);
  EXPECT_TRUE(say("book", "s-2"));
  hand_->listener->on_reply_text("hi");
  hand_->listener->on_reply_end();
  EXPECT_EQ(run(turn->next()).kind, ChatPiece::Kind::text);
  EXPECT_EQ(run(turn->next()).kind, ChatPiece::Kind::end);
  EXPECT_THAT(stored(), ElementsAre("user: hello", "agent: hi"));
}

TEST_F(ChatTest, WhoeverGoesAwayLeavesWhatWasSaidAsInterrupted) {
  publish_hand_agent();
  auto turn = begin_turn(input("hello", "s-1", "hand"));
  hand_->listener->on_reply_text("once upon a");
  turn.reset();
  EXPECT_EQ(hand_->listener, nullptr);  // cancelled
  turn = begin_turn(input("go on", "s-1", "hand"));
  EXPECT_THAT(stored(), ElementsAre("user: hello", "agent: once upon a"));
  EXPECT_EQ(store_->list_messages("default", "s-1")->back().detail, R"({"interrupted":true})");
  ASSERT_EQ(hand_->history.size(), 3U);
  // Nothing was said: nothing has happened.
  turn.reset();
  turn = begin_turn(input("go on", "s-1", "hand"));
  EXPECT_EQ(hand_->history.size(), 3U);
}

TEST_F(ChatTest, AFailureSaysWhatToDoAndKeepsNothingThatWasNotAnswered) {
  publish_hand_agent();
  auto turn = begin_turn(input("hello", "s-1", "hand"));
  vendor::VendorError error(vendor::Fault::bad_key, "openai", "Incorrect API key");
  error.key_setting = "OPENAI_API_KEY";
  hand_->listener->on_reply_failed(error);
  const auto piece = run(turn->next());
  EXPECT_EQ(piece.kind, ChatPiece::Kind::failed);
  EXPECT_EQ(piece.error.code, Errc::unavailable);
  EXPECT_THAT(piece.error.message, HasSubstr("OPENAI_API_KEY"));
  EXPECT_TRUE(stored().empty());
  turn = begin_turn(input("hello", "s-1", "hand"));
  EXPECT_EQ(hand_->history.size(), 1U);
}

TEST_F(ChatTest, AModelThatSaysNothingIsGivenUpAtTheAgentsDeadline) {
  publish_hand_agent("turn_taking: {reply_deadline: 500ms}\n");
  const auto turn = begin_turn(input("hello", "s-1", "hand"));
  const auto piece = run(turn->next());
  EXPECT_EQ(piece.kind, ChatPiece::Kind::failed);
  EXPECT_EQ(piece.error.code, Errc::timeout);
  EXPECT_EQ(hand_->listener, nullptr);
}

TEST_F(ChatTest, AReplyWithoutEndIsCut) {
  begin({.most_reply_bytes = 1000});
  publish_hand_agent();
  const auto turn = begin_turn(input("hello", "s-1", "hand"));
  for (int i = 0; i < 50; ++i)
    hand_->listener->on_reply_text(std::string(100, 'x'));
  EXPECT_EQ(run(turn->next()).text.size(), 1100U);
  EXPECT_EQ(run(turn->next()).kind, ChatPiece::Kind::end);
  EXPECT_EQ(hand_->listener, nullptr);
}

TEST_F(ChatTest, WhatToolsAnsweredStaysInTheHistory) {
  publish_hand_agent();
  auto turn = begin_turn(input("when are you open", "s-1", "hand"));
  hand_->listener->on_reply_action(llm::ToolUsed{{{"c1", "hours", "{}", "sig"}, "nine to five"}, false, 5ms});
  hand_->listener->on_reply_text("Nine to five.");
  hand_->listener->on_reply_end();
  EXPECT_EQ(run(turn->next()).type, "tool.used");
  EXPECT_EQ(run(turn->next()).text, "Nine to five.");
  EXPECT_EQ(run(turn->next()).kind, ChatPiece::Kind::end);
  begin();
  turn = begin_turn(input("thanks", "s-1", "hand"));
  ASSERT_EQ(hand_->history.size(), 4U);
  ASSERT_EQ(hand_->history[1].tools.size(), 1U);
  EXPECT_EQ(hand_->history[1].tools[0].call.opaque, "sig");
  EXPECT_EQ(hand_->history[1].tools[0].result, "nine to five");
  EXPECT_EQ(hand_->history[2].text, "Nine to five.");
}

TEST_F(ChatTest, ASessionThatRestedTooLongHasEnded) {
  ASSERT_TRUE(say("book"));
  clock_.advance(31min);
  const auto late = say("pune");
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Errc::conflict);
  EXPECT_THAT(late.error().message, HasSubstr("30 minutes"));
  EXPECT_TRUE(store_->find_session("default", "s-1")->ended);
}

TEST_F(ChatTest, BadInputChangesNothing) {
  EXPECT_EQ(say(std::string(16 * 1024 + 1, 'x')).error().code, Errc::invalid_argument);
  EXPECT_EQ(say("\xff\xfe").error().code, Errc::invalid_argument);
  EXPECT_EQ(say("hello", std::string(129, 's')).error().code, Errc::invalid_argument);
  EXPECT_EQ(say("hello", "a\nb").error().code, Errc::invalid_argument);
  EXPECT_EQ(say("hello", "s-1", "nobody").error().code, Errc::not_found);
  ChatInput deep = input("hello");
  deep.metadata = std::string(2000, '[') + std::string(2000, ']');
  EXPECT_EQ(run(chats_->answer(deep)).error().code, Errc::invalid_argument);
  EXPECT_FALSE(store_->find_session("default", "s-1"));
  ASSERT_TRUE(say("book", "'; DROP TABLE sessions; --"));
  EXPECT_TRUE(store_->find_session("default", "'; DROP TABLE sessions; --"));
}

TEST_F(ChatTest, ASessionOfAnotherAgentOrOfAPhoneCallIsNotTakenOver) {
  publish_hand_agent();
  ASSERT_TRUE(say("book"));
  EXPECT_EQ(say("hello", "s-1", "hand").error().code, Errc::conflict);
  EXPECT_TRUE(say("pune", "s-1", ""));
  storage::SessionRecord phone{};
  phone.id = "call-1";
  phone.workspace_id = "default";
  phone.channel = "phone";
  phone.created_at = phone.updated_at = now();
  ASSERT_TRUE(store_->create_session(phone));
  EXPECT_EQ(say("hello", "call-1").error().code, Errc::conflict);
}

TEST_F(ChatTest, AnAgentWithoutAChatModelSaysSo) {
  publish("name: mirror\nkind: echo\n");
  EXPECT_EQ(say("hello", "s-1", "mirror").error().code, Errc::invalid_argument);
  EXPECT_FALSE(store_->find_session("default", "s-1"));
}

TEST_F(ChatTest, TheServerGoesDownInTheMiddleOfAnAnswer) {
  publish_hand_agent();
  const auto turn = begin_turn(input("hello", "s-1", "hand"));
  hand_->listener->on_reply_text("once");
  run(chats_->stop());
  EXPECT_EQ(run(turn->next()).kind, ChatPiece::Kind::text);
  EXPECT_EQ(run(turn->next()).error.code, Errc::cancelled);
  EXPECT_THAT(stored(), ElementsAre("user: hello", "agent: once"));
  EXPECT_EQ(say("more").error().code, Errc::unavailable);
}

TEST_F(ChatTest, ManySessionsAreNotKeptInMemory) {
  begin({.most_live = 3});
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(say("book", "s-" + std::to_string(i)));
  EXPECT_THAT(say("pune", "s-0")->reply, HasSubstr("Booked in"));
}

TEST_F(ChatTest, WhatIsStoredIsRedactedWhatTheAgentReadsIsNot) {
  auto workspace = *store_->find_workspace("default");
  workspace.settings = R"({"redaction":{"cardNumbers":true}})";
  ASSERT_TRUE(store_->update_workspace(workspace, 0));
  publish_hand_agent();
  auto turn = begin_turn(input("card 4111 1111 1111 1111", "s-1", "hand"));
  hand_->listener->on_reply_action(llm::SlotFilled{"card", "4111111111111111"});
  hand_->listener->on_reply_text("noted 4111111111111111");
  hand_->listener->on_reply_end();
  while (run(turn->next()).kind != ChatPiece::Kind::end) {
  }
  EXPECT_THAT(stored(), ElementsAre("user: card [card number]", "agent: noted [card number]"));
  EXPECT_THAT(store_->list_messages("default", "s-1")->back().detail, Not(HasSubstr("4111")));
  turn = begin_turn(input("and now", "s-1", "hand"));
  EXPECT_EQ(hand_->history.at(0).text, "card 4111 1111 1111 1111");
}

TEST_F(ChatTest, MetadataIsStoredWithTheMessage) {
  ChatInput with = input("book");
  with.metadata = R"({"page":"/pricing"})";
  ASSERT_TRUE(run(chats_->answer(with)));
  EXPECT_EQ(store_->list_messages("default", "s-1")->at(1).detail, R"({"metadata":{"page":"/pricing"}})");
}

}  // namespace
}  // namespace parley::control
