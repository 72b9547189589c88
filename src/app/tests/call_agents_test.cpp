#include "app/call_agents.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::app {
namespace {

using ::testing::HasSubstr;

constexpr std::string_view kNumber = "01HAAAAAAAAAAAAAAAAAAAAAA1";

struct NamedAgent final : control::ReadyAgent {
  explicit NamedAgent(agent::AgentPtr made) : agent_(std::move(made)) {}
  const agent::AgentPtr& agent() const override { return agent_; }
  engine::Vendors for_call() const override { return {}; }
  const std::vector<std::string>& warnings() const override { return warnings_; }
  agent::AgentPtr agent_;
  std::vector<std::string> warnings_;
};

struct CallAgentsTest : ::testing::Test {
  using Published = storage::ControlStore::PublishedAgent;

  static Published published(std::string workspace, std::string name) {
    Published row;
    row.agent.id = "id-" + name;
    row.agent.workspace_id = std::move(workspace);
    row.agent.name = name;
    row.agent.published_at = ++times();
    row.version.number = 1;
    row.version.text = fmt::format("name: {}\nllm: {{provider: instant}}\n", name);
    return row;
  }
  static storage::WallMillis& times() {
    static storage::WallMillis at = 0;
    return at;
  }
  static control::ReadyAgentPtr standard() {
    auto agent = std::make_shared<agent::Agent>();
    agent->name = "standard";
    return std::make_shared<NamedAgent>(std::move(agent));
  }
  static storage::PhoneNumberRecord number() {
    storage::PhoneNumberRecord record;
    record.id = kNumber;
    record.workspace_id = "shop";
    record.number = "+918040000001";
    record.agent_id = "id-orders";
    return record;
  }

  control::AgentDirectory directory{
      {[]() -> Result<std::vector<Published>> {
         return std::vector{published("shop", "orders"), published("shop", "returns"),
                            published("default", "private")};
       },
       []() -> Result<std::vector<storage::PhoneNumberRecord>> { return std::vector{number()}; }},
      [](const std::string&, agent::AgentPtr agent) -> Result<control::ReadyAgentPtr> {
        return std::make_shared<NamedAgent>(std::move(agent));
      },
      {standard(), "name: standard", true}};

  CallAgentsTest() { EXPECT_TRUE(directory.refresh()); }

  Result<engine::CallAgent> choose(std::string phone_id, std::string to, std::string agent = "") {
    media::StreamStart start;
    start.to = std::move(to);
    if (!agent.empty()) start.custom_parameters["agent"] = std::move(agent);
    return choose_by(directory, std::move(phone_id))(start);
  }
};

TEST_F(CallAgentsTest, TheNumberDecidesAndItsWorkspaceIsTheCalls) {
  const auto chosen = choose("", "08040000001");
  ASSERT_TRUE(chosen) << describe(chosen.error());
  EXPECT_EQ(chosen->agent->name, "orders");
  EXPECT_EQ(chosen->workspace_id, "shop");
  EXPECT_EQ(chosen->phone_id, kNumber);
  EXPECT_THAT(chosen->agent_text, HasSubstr("name: orders"));
  EXPECT_NE(chosen->keeps_alive, nullptr);
}

TEST_F(CallAgentsTest, TheFlowMayNameAnotherAgentOfTheSameWorkspaceOnly) {
  const auto named = choose(std::string(kNumber), "", "returns");
  EXPECT_EQ(named->agent->name, "returns");
  EXPECT_EQ(named->phone_id, kNumber) << "it still is that number's call";
  EXPECT_EQ(choose(std::string(kNumber), "", "private")->agent->name, "orders") << "another workspace's";
  EXPECT_EQ(choose(std::string(kNumber), "", "nobody")->agent->name, "orders");
  EXPECT_EQ(choose("", "+1555000", "private")->agent->name, "private");
  EXPECT_EQ(choose("", "+1555000", "returns")->agent->name, "standard");
}

TEST_F(CallAgentsTest, AnAddressOfAnOlderSetUpIsKeptInTheLog) {
  const auto chosen = choose("my-bot", "+1555000");
  EXPECT_EQ(chosen->agent->name, "standard");
  EXPECT_EQ(chosen->phone_id, "my-bot");
  EXPECT_EQ(chosen->workspace_id, "default");
}

TEST_F(CallAgentsTest, ARefusalIsPassedOn) {
  const auto refused = choose("01HAAAAAAAAAAAAAAAAAAAAAA9", "08040000001");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::not_found);
}

}  // namespace
}  // namespace parley::app
