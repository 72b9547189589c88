#include "control/agent_text.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/core.h>
#include <gtest/gtest.h>

#include "agent/agent_file.hpp"

namespace parley::control {
namespace {

namespace json = boost::json;

TEST(AgentText, IsAnObjectForProgramsAndYamlForPeople) {
  constexpr std::string_view kJson =
      R"({"name":"desk","llm":{"provider":"script"},"limits":{"max_duration":"5m"}})";
  const auto config = agent_config(kJson);
  ASSERT_TRUE(config);
  EXPECT_EQ(json::serialize(*config), kJson);
  const auto yaml = agent_yaml(kJson);
  ASSERT_TRUE(yaml);
  EXPECT_EQ(*yaml, "name: desk\nllm:\n  provider: script\nlimits:\n  max_duration: 5m\n");
}

TEST(AgentText, KeepsItsCommentsWhenItIsRenamed) {
  const auto renamed = renamed_agent("# mine\nname: desk # old\nllm: {provider: script}\n", "desk-2");
  ASSERT_TRUE(renamed);
  EXPECT_EQ(*renamed, "# mine\nname: desk-2\nllm: {provider: script}\n");
}

TEST(AgentText, IsRenamedAlsoWhereTheNameHasNoLineOfItsOwn) {
  const auto renamed = renamed_agent(R"({"llm":{"provider":"script"},"name":"desk"})", "desk-2");
  ASSERT_TRUE(renamed);
  EXPECT_EQ(*renamed, "llm:\n  provider: script\nname: desk-2\n");
  EXPECT_FALSE(renamed_agent("llm: {provider: script}\n", "x"));
}

TEST(AgentText, TellsEachMistakeWithItsLine) {
  const auto parsed = agent::parse_agent("name: desk\nlanguage: '!'\ncolour: red\n", "agent");
  ASSERT_FALSE(parsed);
  const auto problems = problems_of(parsed.error(), "agent");
  std::string told;
  for (const TextProblem& problem : problems)
    told += fmt::format("{} {}\n", problem.line, problem.detail);
  EXPECT_NE(told.find("\n2 "), std::string::npos) << told;
  EXPECT_NE(told.find("\n3 "), std::string::npos) << told;
  EXPECT_NE(told.find("colour"), std::string::npos) << told;
  EXPECT_EQ(told.find("agent:"), std::string::npos) << told;
}

TEST(AgentText, DiffersByTheSmallestPlacesThatChanged) {
  const auto before = json::parse(R"({"a":1,"b":{"x/y":1,"z":[1,2]},"gone":true})");
  const auto after = json::parse(R"({"a":1,"b":{"x/y":2,"z":[1,3]},"new":[]})");
  std::string told;
  for (const Change& change : differences(before, after)) {
    told += change.path + " " + json::serialize(change.before) + " " + json::serialize(change.after) + "\n";
  }
  EXPECT_EQ(told, "/b/x~1y 1 2\n/b/z/1 2 3\n/gone true null\n/new null []\n");
  EXPECT_TRUE(differences(before, before).empty());
}

TEST(AgentText, TakesAListThatGrewAsAWhole) {
  const auto changes = differences(json::parse(R"({"l":[1]})"), json::parse(R"({"l":[1,2]})"));
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_EQ(changes[0].path, "/l");
}

}  // namespace
}  // namespace parley::control
