// What adapters share: prompt, fitting a conversation, options, whose key goes where, thoughts.
#include <cstdlib>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "llm/context_fit.hpp"
#include "llm/own_account.hpp"
#include "llm/prompt.hpp"
#include "llm/thought_filter.hpp"
#include "vendor/option_reader.hpp"

namespace parley::llm {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Message caller(std::string text) {
  return {Role::caller, std::move(text), InputKind::speech, {}};
}
Message agent_said(std::string text) {
  return {Role::agent, std::move(text), InputKind::speech, {}};
}

TEST(PromptTest, TheAgentsOwnPromptComesFirstAndTheMarksAreExplained) {
  agent::Agent agent;
  agent.prompt = "You sell shoes.";
  agent.language = "hi-IN";
  const auto prompt = system_prompt(agent);
  EXPECT_THAT(prompt, StartsWith("You sell shoes.\n\n"));
  for (const char* part : {"hi-IN", "[keys: 12]", "[not understood]", "[go on]", "[the call begins]"})
    EXPECT_THAT(prompt, HasSubstr(part));
  EXPECT_EQ(prompt, system_prompt(agent)) << "prompt caches want the same text";
}

TEST(PromptTest, ACallersEntryIsNeverEmpty) {
  EXPECT_EQ(caller_text({Role::caller, "12#", InputKind::dtmf, {}}), "[keys: 12#]");
  EXPECT_EQ(caller_text({Role::caller, "", InputKind::not_understood, {}}), "[not understood]");
  EXPECT_EQ(caller_text(caller(" ")), "[not understood]");
  EXPECT_EQ(caller_text(caller("yes")), "yes");
}

TEST(ContextFitTest, TheOldestEntriesAreLeftOutAndTheRestBeginsWithTheCaller) {
  std::vector<Message> history;
  for (int i = 0; i < 50; ++i) {
    history.push_back(agent_said(fmt::format("answer {} {}", i, std::string(80, 'a'))));
    history.push_back(caller(fmt::format("question {} {}", i, std::string(80, 'q'))));
  }
  const auto fitted = fit_context("prompt", {}, history, 500);
  ASSERT_TRUE(fitted);
  EXPECT_LT(fitted->size(), history.size());
  EXPECT_GT(fitted->size(), 2U);
  EXPECT_EQ(fitted->front().role, Role::caller);
  EXPECT_THAT(fitted->back().text, StartsWith("question 49"));
  EXPECT_LE(estimate_input("prompt", {}, *fitted), 500);
}

TEST(ContextFitTest, WhatFitsIsLeftAlone) {
  const std::vector<Message> history{agent_said("Hello."), caller("hi")};
  EXPECT_EQ(fit_context("prompt", {}, history, 100)->size(), 2U);
}

TEST(ContextFitTest, PromptToolsAndTheLastWordsAreNeverCut) {
  const std::vector<Message> history{agent_said("Hello."), caller("hi")};
  const auto refused = fit_context(std::string(4000, 'p'), {}, history, 500);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("max_context_tokens"));
  const std::vector<ToolSpec> tools{{"t", std::string(4000, 'd'), "{}"}};
  EXPECT_FALSE(fit_context("p", tools, history, 500));
}

TEST(ContextFitTest, ToolResultsBehindTheCallersLastEntryStay) {
  std::vector<Message> history;
  for (int i = 0; i < 20; ++i)
    history.push_back(caller(std::string(100, 'o')));
  history.push_back(caller("now"));
  history.push_back({Role::agent, "", InputKind::speech, {{{"c", "f", "{}", ""}, std::string(400, 'r')}}});
  const auto fitted = fit_context("p", {}, history, 200);
  ASSERT_TRUE(fitted);
  ASSERT_GE(fitted->size(), 2U);
  EXPECT_EQ((*fitted)[fitted->size() - 2].text, "now");
  EXPECT_EQ(fitted->back().tools.size(), 1U);
}

TEST(OptionReaderTest, TheFirstMistakeIsNamed) {
  agent::ProviderChoice choice{"openai", "m", {}, {{"a", "x"}, {"b", "7"}, {"c", "maybe"}, {"d", "2.5"}}, {}};
  vendor::OptionReader reader(choice);
  EXPECT_EQ(reader.integer("b", 1, 9), 7);
  EXPECT_EQ(reader.number("d", 0, 3), 2.5);
  EXPECT_FALSE(reader.boolean("c"));
  EXPECT_EQ(reader.one_of("a", {"y", "z"}), "");
  EXPECT_THAT(reader.finish().error().message, HasSubstr("openai's option c is true or false"));
}

TEST(OptionReaderTest, NumbersWithSomethingBehindThemAreNone) {
  for (const char* text : {"1x", "", " 1", "1e999", "nan", "inf", "-1", "4"}) {
    const agent::ProviderChoice choice{"p", "m", {}, {{"n", text}}, {}};
    vendor::OptionReader reader(choice);
    EXPECT_FALSE(reader.number("n", 0, 3)) << text;
    EXPECT_FALSE(reader.finish()) << text;
  }
}

class OwnAccountTest : public testing::Test {
 protected:
  OwnAccountTest() {
    ::setenv("PARLEY_TEST_KEY", "own-key", 1);
    ::setenv("PARLEY_TEST_SAME_KEY", "vendor-key", 1);
    ::setenv("PARLEY_TEST_HOME", "/root", 1);
  }
  std::string problem(std::string_view url, std::string_view key_env) {
    const auto own = own_account(account_, url, key_env, "base_url");
    return own ? "" : own.error().message;
  }
  const vendor::Account account_{"openai", "https://api.example/v1", "vendor-key", "OPENAI_API_KEY"};
};

TEST_F(OwnAccountTest, TheVendorsKeyStaysWithTheVendor) {
  EXPECT_EQ(own_account(account_, "", "", "base_url")->key, "vendor-key");
  EXPECT_EQ(own_account(account_, "https://api.example/v1/", "", "base_url")->key, "vendor-key");
  const auto own = own_account(account_, "http://other.example/v1/", "", "base_url");
  EXPECT_EQ(own->key, "");
  EXPECT_EQ(own->url, "http://other.example/v1");
  EXPECT_NE(own->id(), account_.id());
  EXPECT_EQ(own_account(account_, "https://api.example.evil/v1", "", "base_url")->key, "");
}

TEST_F(OwnAccountTest, AnAddressThatAnAgentNamesKeepsToThePolicy) {
  vendor::Account account = account_;
  account.policy_elsewhere = std::make_shared<const net::AddressPolicy>(settings::IpAllowList());
  EXPECT_EQ(own_account(account, "", "", "base_url")->policy, nullptr) << "the operator's own is trusted";
  const auto own = own_account(account, "https://other.example/v1", "", "base_url");
  ASSERT_TRUE(own);
  EXPECT_EQ(own->policy, account.policy_elsewhere);
  for (const char* inside : {"http://127.0.0.1:11434/v1", "ws://10.0.0.7/brain", "wss://169.254.169.254"}) {
    const auto refused = own_account(account, inside, "", "url");
    ASSERT_FALSE(refused) << inside;
    EXPECT_EQ(refused.error().code, Errc::permission_denied) << inside;
    EXPECT_THAT(refused.error().message, HasSubstr("option url"));
  }
}

TEST_F(OwnAccountTest, AnAgentNamesAKeyOfTheEnvironmentByItsVariable) {
  EXPECT_EQ(own_account(account_, "http://other.example", "PARLEY_TEST_KEY", "base_url")->key, "own-key");
  EXPECT_EQ(own_account(account_, "", "PARLEY_TEST_KEY", "base_url")->key, "own-key");
  EXPECT_THAT(problem("", "PARLEY_TEST_HOME"), HasSubstr("_KEY or _TOKEN"));
  EXPECT_THAT(problem("", "PARLEY_TEST_UNSET_TOKEN"), HasSubstr("PARLEY_TEST_UNSET_TOKEN"));
  EXPECT_THAT(problem("http://other.example", "PARLEY_TEST_SAME_KEY"), HasSubstr("not sent"));
}

TEST_F(OwnAccountTest, AnAddressHoldsNoPasswordAndNoQuery) {
  EXPECT_THAT(problem("http://user:pass@other.example", ""), HasSubstr("base_url"));
  EXPECT_THAT(problem("http://other.example/?key=1", ""), HasSubstr("base_url"));
  EXPECT_THAT(problem("other", ""), HasSubstr("base_url"));
}

TEST(ThoughtFilterTest, TheOutcomeDoesNotDependOnTheCuts) {
  const std::string text = "a <b <think>x < y </thin </think>c<thinking>z</think>d < e <";
  const std::string expected = "a <b cd < e <";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      ThoughtFilter filter;
      std::string spoken = filter.push(std::string_view(text).substr(0, first));
      spoken += filter.push(std::string_view(text).substr(first, second - first));
      spoken += filter.push(std::string_view(text).substr(second));
      spoken += filter.flush();
      ASSERT_EQ(spoken, expected) << first << ' ' << second;
    }
  }
}

TEST(ThoughtFilterTest, AThoughtWithoutEndIsNeverSpoken) {
  ThoughtFilter filter;
  EXPECT_EQ(filter.push("<think>all of it"), "");
  EXPECT_EQ(filter.flush(), "");
}

}  // namespace
}  // namespace parley::llm
