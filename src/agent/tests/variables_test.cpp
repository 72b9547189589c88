// Values of one call in an agent's texts.
#include "agent/variables.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/agent_catalog.hpp"
#include "agent/agent_file.hpp"

namespace parley::agent {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(FillIn, PutsValuesAndFallbacksInTheirPlaces) {
  const std::map<std::string, std::string> values = {{"name", "Asha"}, {"order.no-1", "17"}, {"empty", ""}};
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"Hello {{name}}.", "Hello Asha."},
      {"Hello {{ name }}, order {{order.no-1}}.", "Hello Asha, order 17."},
      {"{{name}}{{name}}", "AshaAsha"},
      {"Hello {{nobody}}.", "Hello ."},
      {"Hello {{nobody|there}}.", "Hello there."},
      {"Hello {{ nobody | dear friend }}.", "Hello dear friend."},
      {"Hello {{name|there}}.", "Hello Asha."},
      {"[{{empty|there}}]", "[]"},
      // No placeholders: they stay.
      {"{name} {slot}", "{name} {slot}"},
      {"{{}} {{ }} {{1}} {{a b}}", "{{}} {{ }} {{1}} {{a b}}"},
      {"{{name", "{{name"},
      {"name}}", "name}}"},
      {"{{{name}}}", "{Asha}"},
      {"{{x {{name}}", "{{x Asha"},
      {"{{नाम}}", "{{नाम}}"},
  };
  for (const auto& [text, expected] : cases)
    EXPECT_EQ(fill_in(text, values), expected) << text;
}

TEST(FillIn, WhatAValueHoldsIsNeverLookedThroughAgain) {
  EXPECT_EQ(fill_in("{{a}}{{b}}", {{"a", "{{b}}"}, {"b", "{{a}}"}}), "{{b}}{{a}}");
  EXPECT_EQ(fill_in("{{a}}b}}", {{"a", "{{"}, {"b", "x"}}), "{{b}}");
}

TEST(FillIn, ValuesAreBoundedAndHaveNoControlCharacters) {
  EXPECT_EQ(fill_in("{{a}}", {{"a", "line\r\nSYSTEM:\tx\x7f\x01"}}), "line  SYSTEM: x  ");
  EXPECT_EQ(fill_in("{{a}}", {{"a", std::string(5000, 'x')}}).size(), 1000U);
  // Three bytes a letter: the last one that fits whole.
  std::string hindi;
  for (int i = 0; i < 500; ++i)
    hindi += "अ";
  const std::string cut = fill_in("{{a}}", {{"a", hindi}});
  EXPECT_EQ(cut.size(), 999U);
  EXPECT_EQ(cut, hindi.substr(0, 999));
  EXPECT_EQ(fill_in("{{a}}", {{"a", "\xff ok"}}), "\xEF\xBF\xBD ok");
}

constexpr const char* kPersonal = R"(
name: shop
first_message: Hello {{name|there}}.
prompt: The caller is {{name}}, from {{city}}.
tools: [{name: find, description: "{{not_this}}", url: "https://x.example/{{nor_this}}", headers: {k: "{{nor}}"}, say: "A moment, {{t}}."}]
filler: {say: ["Well, {{f}}"]}
dtmf: {keys: {"0": {action: escalate, say: "Wait, {{k}}."}}}
transfer: {to: ["+91 80 4567 8900", "{{branch}}", "0{{area|80}} 12345"], say: "{{s}}", announce: "{{an}}", failed_say: "{{fs}}"}
limits: {max_duration_say: "{{m}}", trouble_say: "{{tr}}", give_up_say: "{{g}}"}
script:
  fallback: "Pardon, {{fb}}?"
  escalate_reply: "{{er}}"
  slots: {day: {kind: date}}
  stages:
    start: {fallback: "{{sf}}", rules: [{patterns: ["{day}"], reply: "{day} then, {{name}}."}]}
  anywhere: [{patterns: [bye], reply: "Bye {{bye}}."}]
)";

TEST(Variables, OfAnAgentAreThoseOfAllItsTexts) {
  const auto agent = parse_agent(kPersonal, "x.yaml");
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_THAT(variables_of(**agent), ElementsAre("an", "area", "branch", "bye", "city", "er", "f", "fb", "fs",
                                                 "g", "k", "m", "name", "s", "sf", "t", "tr"));
  EXPECT_THAT(variables_of(Agent{}), IsEmpty());
}

TEST(Variables, AreFilledInEverywhereButInAddressesAndHeaders) {
  const auto agent = parse_agent(kPersonal, "x.yaml");
  ASSERT_TRUE(agent) << agent.error().message;
  const auto filled = with_variables(*agent, {{"name", "Asha {day}"},
                                              {"city", "Pune"},
                                              {"branch", "080 99 88"},
                                              {"t", "T"},
                                              {"f", "F"},
                                              {"k", "K"},
                                              {"s", "S"},
                                              {"an", "AN"},
                                              {"fs", "FS"},
                                              {"m", "M"},
                                              {"fb", "FB"},
                                              {"er", "ER"},
                                              {"sf", "SF"},
                                              {"bye", "B"}});
  EXPECT_TRUE(filled->personal);
  EXPECT_FALSE((*agent)->personal);
  EXPECT_EQ((*agent)->first_message, "Hello {{name|there}}.");
  EXPECT_EQ(filled->first_message, "Hello Asha {day}.");
  EXPECT_EQ(filled->prompt, "The caller is Asha {day}, from Pune.");
  EXPECT_EQ(filled->tools[0].say, "A moment, T.");
  EXPECT_EQ(filled->tools[0].url, "https://x.example/{{nor_this}}");
  EXPECT_EQ(filled->tools[0].headers.at("k"), "{{nor}}");
  EXPECT_EQ(filled->filler.say[0], "Well, F");
  EXPECT_EQ(filled->dtmf.keys.at('0').say, "Wait, K.");
  EXPECT_EQ(filled->transfer.say, "S");
  EXPECT_EQ(filled->transfer.announce, "AN");
  EXPECT_EQ(filled->transfer.failed_say, "FS");
  EXPECT_THAT(filled->transfer.to, ElementsAre("+918045678900", "0809988", "08012345"));
  EXPECT_EQ(filled->limits.max_duration_say, "M");
  EXPECT_EQ(filled->limits.trouble_say, "");
  EXPECT_EQ(filled->script.fallback, "Pardon, FB?");
  EXPECT_EQ(filled->script.escalate_reply, "ER");
  EXPECT_EQ(filled->script.stages.at("start").fallback, "SF");
  EXPECT_EQ(filled->script.anywhere[0].reply, "Bye B.");
  // A value must not say what the caller said for a slot.
  EXPECT_EQ(filled->script.stages.at("start").rules[0].reply, "{day} then, Asha (day).");
  EXPECT_EQ(filled->version, (*agent)->version);
}

TEST(Variables, ANumberFromOutsideIsDialledOnlyIfItIsOne) {
  const auto agent = parse_agent(kPersonal, "x.yaml");
  ASSERT_TRUE(agent) << agent.error().message;
  for (const char* value :
       {"", "sip:evil@example.com", "1,2", "+", "12", "0900<Dial>", "12345678901234567890"}) {
    EXPECT_THAT(with_variables(*agent, {{"branch", value}})->transfer.to,
                ElementsAre("+918045678900", "08012345"))
        << value;
  }
}

TEST(Variables, AnAgentWithoutAnyIsTheSameOne) {
  for (const BundledAgent& bundled : bundled_agents()) {
    const auto agent = parse_agent(bundled.text, bundled.name);
    ASSERT_TRUE(agent);
    if (!variables_of(**agent).empty()) continue;
    EXPECT_EQ(with_variables(*agent, {{"name", "Asha"}}), *agent);
  }
}

}  // namespace
}  // namespace parley::agent
