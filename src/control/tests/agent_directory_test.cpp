#include "control/agent_directory.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/agent_file.hpp"
#include "base/tests/temporary_directory.hpp"

namespace parley::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

struct TestAgent final : ReadyAgent {
  explicit TestAgent(agent::AgentPtr made) : agent_(std::move(made)) {}
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  agent::AgentPtr agent_;
  std::vector<std::string> warnings_;
};

std::string text_of(std::string_view name, std::string_view greeting = "Hello.") {
  return fmt::format("name: {}\nfirst_message: {}\nllm:\n  provider: instant\n", name, greeting);
}

constexpr std::string_view kFirst = "01HAAAAAAAAAAAAAAAAAAAAAA1";
constexpr std::string_view kSecond = "01HAAAAAAAAAAAAAAAAAAAAAA2";

struct AgentDirectoryTest : ::testing::Test {
  std::vector<storage::ControlStore::PublishedAgent> published;
  std::vector<storage::PhoneNumberRecord> numbers;
  std::optional<Error> store_fails;
  std::vector<std::string> prepared;  // "workspace/agent"
  std::string not_ready;              // the agent that cannot be made ready
  std::optional<AgentDirectory> made;

  AgentDirectory& directory(bool standard_was_chosen = false) {
    if (made) return *made;
    auto standard = std::make_shared<agent::Agent>();
    standard->name = "reception";
    made.emplace(
        DirectorySource{[this]() -> Result<std::vector<storage::ControlStore::PublishedAgent>> {
                          if (store_fails) return fail(*store_fails);
                          return published;
                        },
                        [this]() -> Result<std::vector<storage::PhoneNumberRecord>> { return numbers; }},
        [this](const std::string& workspace, agent::AgentPtr agent) -> Result<ReadyAgentPtr> {
          prepared.push_back(workspace + "/" + agent->name);
          if (agent->name == not_ready) return fail(Errc::permission_denied, "OPENAI_API_KEY is not set");
          return std::make_shared<TestAgent>(std::move(agent));
        },
        StandardAgent{std::make_shared<TestAgent>(std::move(standard)), "name: reception",
                      standard_was_chosen});
    return *made;
  }
  void publish(std::string workspace, std::string name, storage::WallMillis at, int version = 1,
               std::string_view greeting = "Hello.") {
    std::erase_if(published, [&](const auto& each) {
      return each.agent.name == name && each.agent.workspace_id == workspace;
    });
    storage::ControlStore::PublishedAgent row;
    row.agent.id = "id-" + workspace + "-" + name;
    row.agent.workspace_id = std::move(workspace);
    row.agent.name = name;
    row.agent.published_version = version;
    row.agent.published_at = at;
    row.version.agent_id = row.agent.id;
    row.version.number = version;
    row.version.text = text_of(name, greeting);
    published.push_back(std::move(row));
  }
  storage::PhoneNumberRecord& add_number(std::string_view id, std::string workspace, std::string number,
                                         std::string agent_id = "") {
    storage::PhoneNumberRecord record;
    record.id = id;
    record.workspace_id = std::move(workspace);
    record.number = std::move(number);
    record.agent_id = std::move(agent_id);
    record.created_at = static_cast<storage::WallMillis>(numbers.size()) + 1;
    numbers.push_back(std::move(record));
    return numbers.back();
  }
  std::string answers(std::string_view phone_id, std::string_view to) {
    const auto answer = directory().resolve(phone_id, to);
    if (!answer) return describe(answer.error());
    return answer->workspace_id + "/" + answer->agent->agent()->name;
  }
};

TEST_F(AgentDirectoryTest, TheStandardAgentAnswersWhenNothingWasEverPublished) {
  add_number(kFirst, "default", "+918040000001");
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(answers("", ""), "default/reception");
  EXPECT_EQ(answers("", "08040000001"), "default/reception");
  EXPECT_EQ(answers(kFirst, ""), "default/reception");
  const auto answer = directory().resolve("", "08040000001");
  EXPECT_EQ(answer->agent_text, "name: reception");
  EXPECT_EQ(answer->phone_id, kFirst) << "also the standard agent answers on a number";
  EXPECT_EQ(directory().resolve("", "+1555")->phone_id, "");
}

TEST_F(AgentDirectoryTest, ANumberOfOursIsFoundByItsIdOrItsLastTenDigits) {
  auto& number = add_number(kFirst, "default", "+918040000001");
  number.answer_with = "record";
  number.after_recording = "call_back";
  number.telephony_config_id = "config-1";
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(directory().find_number(kFirst, "")->number, "+918040000001");
  EXPECT_EQ(directory().find_number("", "08040000001")->id, kFirst);
  EXPECT_FALSE(directory().find_number("", "08040000002"));
  const auto answer = directory().resolve("", "08040000001");
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->answer_with, "record");
  EXPECT_EQ(answer->after_recording, "call_back");
  EXPECT_EQ(answer->telephony_config_id, "config-1");
}

TEST_F(AgentDirectoryTest, AnotherWorkspaceHasToPublishFirst) {
  add_number(kFirst, "shop", "+918040000001");
  ASSERT_TRUE(directory().refresh());
  EXPECT_THAT(answers(kFirst, ""), HasSubstr("publish an agent first"));
  EXPECT_THAT(answers("", "+918040000001"), HasSubstr("publish an agent first"));
  EXPECT_EQ(directory().resolve(kFirst, "").error().code, Errc::not_found);
  EXPECT_EQ(directory().find("shop", "").error().code, Errc::not_found);
  EXPECT_EQ(directory().find("shop", "reception").error().code, Errc::not_found)
      << "the standard agent belongs to the default workspace";
}

TEST_F(AgentDirectoryTest, ALinkedAgentAnswersElseTheOneThatWasPublishedLast) {
  publish("default", "sales", 100);
  publish("default", "support", 200);
  publish("shop", "orders", 300);
  add_number(kFirst, "default", "+918040000001", "id-default-sales");
  add_number(kSecond, "default", "+918040000002");
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(answers(kFirst, "+918040000002"), "default/sales") << "the address goes before the number called";
  EXPECT_EQ(answers("", "+918040000001"), "default/sales");
  EXPECT_EQ(answers("", "+918040000002"), "default/support");
  publish("default", "sales", 400, 2);
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(answers("", "+918040000002"), "default/sales");
}

TEST_F(AgentDirectoryTest, NumbersAreComparedByTheirLastTenDigits) {
  publish("default", "sales", 100);
  publish("default", "support", 200);
  add_number(kFirst, "default", "+91 80-4000-0001", "id-default-sales");
  add_number(kSecond, "default", "1800", "id-default-sales");
  ASSERT_TRUE(directory().refresh());
  for (const char* same : {"08040000001", "+918040000001", "918040000001", "8040000001", "0091 80 4000 0001"})
    EXPECT_EQ(answers("", same), "default/sales") << same;
  for (const char* other : {"8040000002", "040000001", "", "sip:desk", "1", "91800"})
    EXPECT_EQ(answers("", other), "default/support") << other;
  EXPECT_EQ(answers("", "1800"), "default/sales") << "a short number is compared whole";
}

TEST_F(AgentDirectoryTest, AnInactiveNumberIsRefusedAndAnUnknownIdToo) {
  publish("default", "sales", 100);
  add_number(kFirst, "default", "+918040000001").active = false;
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(directory().resolve(kFirst, "").error().code, Errc::permission_denied);
  EXPECT_EQ(directory().resolve("", "+918040000001").error().code, Errc::permission_denied);
  EXPECT_EQ(directory().resolve(kSecond, "").error().code, Errc::not_found);
  EXPECT_EQ(answers("my-old-bot", ""), "default/sales") << "an address of an older set-up means nothing here";
}

TEST_F(AgentDirectoryTest, ANumberCannotBeTakenOverByAddingItElsewhere) {
  publish("shop", "orders", 100);
  publish("thief", "fake", 200);
  publish("default", "sales", 300);
  add_number(kFirst, "shop", "+918040000001");
  add_number(kSecond, "thief", "+918040000001");
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(answers("", "8040000001"), "shop/orders") << "who had it first";
  EXPECT_EQ(answers(kSecond, ""), "thief/fake") << "its own address is its own";
  numbers[0].active = false;
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(answers("", "8040000001"), "thief/fake") << "one that is switched off gives way";
}

TEST_F(AgentDirectoryTest, AStandardAgentThatWasAskedForAnswersWhatBelongsToNobody) {
  publish("default", "sales", 100);
  add_number(kFirst, "default", "+918040000001");
  ASSERT_TRUE(directory(true).refresh());
  EXPECT_EQ(answers("", ""), "default/reception");
  EXPECT_EQ(answers("", "+918040000009"), "default/reception");
  EXPECT_EQ(answers("", "+918040000001"), "default/sales");
}

TEST_F(AgentDirectoryTest, AStandardAgentThatIsMerelyThereGivesWayToAPublishedOne) {
  publish("shop", "orders", 100);
  ASSERT_TRUE(directory(false).refresh());
  EXPECT_EQ(answers("", ""), "default/reception") << "another workspace's do not count";
  publish("default", "sales", 50);
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(answers("", ""), "default/sales");
}

TEST_F(AgentDirectoryTest, AgentsAreFoundByIdAndNameWithinTheirWorkspaceOnly) {
  publish("default", "sales", 100);
  publish("shop", "orders", 200);
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(directory().find("shop", "orders")->agent->agent()->name, "orders");
  EXPECT_EQ(directory().find("shop", "id-shop-orders")->agent->agent()->name, "orders");
  EXPECT_EQ(directory().find("shop", "")->agent->agent()->name, "orders");
  EXPECT_EQ(directory().find("default", "reception")->agent->agent()->name, "reception");
  EXPECT_EQ(directory().find("shop", "sales").error().code, Errc::not_found);
  EXPECT_EQ(directory().find("shop", "id-default-sales").error().code, Errc::not_found);
}

TEST_F(AgentDirectoryTest, OnlyWhatChangedIsMadeReadyAgain) {
  publish("default", "sales", 100);
  publish("default", "support", 200);
  ASSERT_TRUE(directory().refresh());
  EXPECT_THAT(prepared, ElementsAre("default/sales", "default/support"));
  const auto in_call = directory().find("default", "sales");
  prepared.clear();
  ASSERT_TRUE(directory().refresh());
  EXPECT_THAT(prepared, IsEmpty());
  publish("default", "sales", 300, 2, "Good morning.");
  ASSERT_TRUE(directory().refresh());
  EXPECT_THAT(prepared, ElementsAre("default/sales"));
  EXPECT_EQ(directory().find("default", "sales")->agent->agent()->first_message, "Good morning.");
  EXPECT_EQ(directory().find("default", "sales")->agent_text, text_of("sales", "Good morning."));
  EXPECT_EQ(in_call->agent->agent()->first_message, "Hello.") << "a call keeps what it began with";
  prepared.clear();
  ASSERT_TRUE(directory().refresh_all());
  EXPECT_THAT(prepared, ElementsAre("default/reception", "default/support", "default/sales"));
}

TEST_F(AgentDirectoryTest, AnAgentThatCannotBeMadeReadyAnyMoreKeepsItsLastReadyVersion) {
  publish("default", "sales", 100);
  ASSERT_TRUE(directory().refresh());
  publish("default", "sales", 200, 2, "Good morning.");
  not_ready = "sales";
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(directory().find("default", "sales")->agent->agent()->first_message, "Hello.");
  EXPECT_EQ(directory().find("default", "sales")->agent_text, text_of("sales"));
  not_ready.clear();
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(directory().find("default", "sales")->agent->agent()->first_message, "Good morning.");
}

TEST_F(AgentDirectoryTest, AnAgentThatNeverWasReadyLeavesTheWordToAnOlderOne) {
  publish("default", "sales", 100);
  publish("default", "support", 200);
  add_number(kFirst, "default", "+918040000001", "id-default-support");
  not_ready = "support";
  ASSERT_TRUE(directory().refresh());
  EXPECT_EQ(answers("", ""), "default/sales");
  const auto linked = directory().resolve(kFirst, "");
  EXPECT_EQ(linked.error().code, Errc::unavailable);
  EXPECT_THAT(linked.error().message, HasSubstr("OPENAI_API_KEY"));
}

TEST_F(AgentDirectoryTest, AStoreThatIsAwayChangesNothing) {
  publish("default", "sales", 100);
  ASSERT_TRUE(directory().refresh());
  store_fails = Error{Errc::unavailable, "the database is away"};
  published.clear();
  EXPECT_EQ(directory().refresh().error().code, Errc::unavailable);
  EXPECT_EQ(answers("", ""), "default/sales");
}

TEST_F(AgentDirectoryTest, WhoSavesAnAgentIsToldWhetherItWouldWork) {
  auto agent = agent::parse_agent(text_of("sales"), "draft");
  ASSERT_TRUE(agent) << describe(agent.error());
  EXPECT_TRUE(directory().try_out("default", *agent));
  not_ready = "sales";
  EXPECT_THAT(directory().try_out("default", *agent).error().message, HasSubstr("OPENAI_API_KEY"));
}

TEST(AgentDirectoryOverAStore, ReadsWhatWasPublishedAndLinked) {
  const TemporaryDirectory folder;
  auto database = storage::sql::open_sqlite((folder.path() / "parley.db").string(), {});
  ASSERT_TRUE(database) << describe(database.error());
  const auto store = storage::make_control_store(**database);
  auto standard = std::make_shared<agent::Agent>();
  standard->name = "reception";
  AgentDirectory directory(source_of(*store),
                           [](const std::string&, agent::AgentPtr agent) -> Result<ReadyAgentPtr> {
                             return std::make_shared<TestAgent>(std::move(agent));
                           },
                           {std::make_shared<TestAgent>(std::move(standard)), "name: reception", false});
  ASSERT_TRUE(directory.refresh());
  EXPECT_EQ(directory.resolve("", "")->agent->agent()->name, "reception");

  storage::AgentRow row;
  row.id = kSecond;
  row.workspace_id = storage::kDefaultWorkspace;
  row.name = "sales";
  row.draft = text_of("sales");
  row.created_at = row.updated_at = 1;
  ASSERT_TRUE(store->create_agent(row));
  ASSERT_TRUE(directory.refresh());
  EXPECT_EQ(directory.resolve("", "")->agent->agent()->name, "reception") << "a draft answers nobody";

  storage::AgentVersionRow version;
  version.text = text_of("sales");
  version.published_at = 2;
  const auto published = store->publish_agent(row.workspace_id, row.id, 0, version);
  ASSERT_TRUE(published) << describe(published.error());
  storage::PhoneNumberRecord number;
  number.id = kFirst;
  number.workspace_id = row.workspace_id;
  number.number = "+918040000001";
  number.carrier = "exotel";
  number.agent_id = row.id;
  number.created_at = number.updated_at = 3;
  const auto created = store->create_phone_number(number);
  ASSERT_TRUE(created) << describe(created.error());
  ASSERT_TRUE(directory.refresh());
  const auto answer = directory.resolve("", "08040000001");
  ASSERT_TRUE(answer) << describe(answer.error());
  EXPECT_EQ(answer->agent->agent()->name, "sales");
  EXPECT_EQ(answer->agent_text, version.text);
  EXPECT_EQ(answer->phone_id, kFirst);
}

}  // namespace
}  // namespace parley::control
