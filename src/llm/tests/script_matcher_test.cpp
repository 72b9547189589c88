// Which rule wins, as tables over small scripts.
#include "llm/script_matcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/agent_file.hpp"

namespace parley::llm {
namespace {

using namespace std::chrono;
using testing::ElementsAre;
using testing::UnorderedElementsAre;

constexpr CalendarDay kToday = 2026y / November / 21;

agent::Script script_of(const std::string& text) {
  const auto parsed = agent::parse_agent("name: t\nscript:\n" + text, "t");
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? (*parsed)->script : agent::Script();
}

std::string reply_to(const agent::Script& script, std::string_view said) {
  const auto match = match_words(script, &script.stages.at("start"), agent::words_of(said), kToday);
  return match ? match->rule->reply : "-";
}

TEST(ScriptMatcher, FindsAPatternAnywhereInWhatIsSaid) {
  const auto script = script_of(R"yaml(
  stages:
    start:
      rules:
        - {patterns: "book [a|an] (visit|appointment)", reply: book}
        - {patterns: ["(yes|yeah)", "of course"], reply: "yes"}
        - {patterns: "from * to *", reply: from}
)yaml");
  const std::pair<const char*, const char*> cases[] = {
      {"book a visit", "book"},
      {"Well, I want to book an appointment, please!", "book"},
      {"book visit", "book"},
      {"book the visit", "-"},
      {"visit book", "-"},
      {"of course", "yes"},
      {"of no course", "-"},
      {"Yeah.", "yes"},
      {"yesterday", "-"},
      {"from delhi to mumbai", "from"},
      {"from here", "-"},
      {"", "-"},
      {"...", "-"},
  };
  for (const auto& [said, reply] : cases)
    EXPECT_EQ(reply_to(script, said), reply) << said;
}

TEST(ScriptMatcher, MoreWordsWinThenTheStageThenTheOrder) {
  const auto script = script_of(R"(
  stages:
    start:
      rules:
        - {patterns: book, reply: first}
        - {patterns: visit, reply: second}
        - {patterns: "book * visit", reply: both}
        - {patterns: "*", reply: whatever}
  anywhere:
    - {patterns: book, reply: anywhere one}
    - {patterns: "cancel my visit", reply: anywhere}
)");
  const std::pair<const char*, const char*> cases[] = {
      {"book", "first"},      {"visit or book", "first"},      {"book me some visit", "both"},
      {"visit", "second"},    {"cancel my visit", "anywhere"}, {"cancel visit", "second"},
      {"mumble", "whatever"},
  };
  for (const auto& [said, reply] : cases)
    EXPECT_EQ(reply_to(script, said), reply) << said;
}

constexpr const char* kSlots = R"(
  slots:
    day: {kind: date}
    time: {kind: time}
    phone: {kind: digits, min_digits: 4, max_digits: 6}
    who: {kind: choice, choices: {Dr. Rao: [rao, doctor rao], Any: [anyone]}}
    count: {kind: number}
  stages:
    start:
      rules:
        - {patterns: ["{day} [at] {time}", "{day}"], reply: day}
        - {patterns: "with {who}", reply: who}
        - {patterns: "number {phone}", reply: phone}
        - {patterns: "{phone}", reply: digits}
        - {patterns: "{count} people", reply: count}
)";

std::vector<FilledSlot> slots_of(const agent::Script& script, std::string_view said) {
  const auto match = match_words(script, &script.stages.at("start"), agent::words_of(said), kToday);
  return match ? match->slots : std::vector<FilledSlot>();
}

TEST(ScriptMatcher, FillsSlotsWithSpokenFormAndValue) {
  const auto script = script_of(kSlots);
  EXPECT_THAT(slots_of(script, "the second of May at half past four please"),
              ElementsAre(FilledSlot{"day", "the second of may", "2027-05-02"},
                          FilledSlot{"time", "half past four", "16:30"}));
  EXPECT_THAT(slots_of(script, "with doctor Rao"), ElementsAre(FilledSlot{"who", "Dr. Rao", "Dr. Rao"}));
  EXPECT_THAT(slots_of(script, "my number is number nine eight double seven ok"),
              ElementsAre(FilledSlot{"phone", "nine eight double seven", "9877"}));
  EXPECT_THAT(slots_of(script, "number 98771"), ElementsAre(FilledSlot{"phone", "9 8 7 7 1", "98771"}));
  EXPECT_THAT(slots_of(script, "twenty five people"), ElementsAre(FilledSlot{"count", "twenty five", "25"}));
}

TEST(ScriptMatcher, FillsWhatTheRulesOtherPatternsNameElsewhereInTheSentence) {
  const auto script = script_of(kSlots);
  EXPECT_THAT(slots_of(script, "at half past four, tomorrow"),
              UnorderedElementsAre(FilledSlot{"day", "tomorrow", "2026-11-22"},
                                   FilledSlot{"time", "half past four", "16:30"}));
  EXPECT_THAT(slots_of(script, "tomorrow"), ElementsAre(FilledSlot{"day", "tomorrow", "2026-11-22"}));
}

TEST(ScriptMatcher, KeysMatchExactlyElseAsDigits) {
  const auto script = script_of(R"(
  slots: {phone: {kind: digits, min_digits: 4}}
  stages:
    start:
      rules:
        - {keys: ["1", "12"], reply: one}
        - {patterns: "{phone}", reply: phone}
        - {patterns: "*", reply: whatever}
  anywhere:
    - {keys: ["9", "#"], reply: menu}
    - {keys: "1", reply: hidden}
)");
  const auto reply = [&](std::string_view keys) {
    const auto match = match_keys(script, &script.stages.at("start"), keys, kToday);
    return match ? match->rule->reply : "-";
  };
  EXPECT_EQ(reply("1"), "one");
  EXPECT_EQ(reply("12"), "one");
  EXPECT_EQ(reply("9"), "menu");
  EXPECT_EQ(reply("#"), "menu");
  EXPECT_EQ(reply("98765"), "phone");
  EXPECT_EQ(reply("5"), "-");
  EXPECT_EQ(reply("*"), "-");
  EXPECT_EQ(match_keys(script, nullptr, "1", kToday)->rule->reply, "hidden");
}

TEST(ScriptMatcher, AScriptMadeByHandNeedsNoTrees) {
  agent::Script script;
  script.stages["start"].rules.push_back(
      {.patterns = {"hello [there]"}, .parsed = {}, .keys = {}, .reply = "hi", .go_to = {}});
  EXPECT_EQ(reply_to(script, "oh hello there"), "hi");
}

TEST(ScriptMatcher, AHugeSentenceIsHandledInLittleTime) {
  const auto script = script_of(R"(
  slots: {phone: {kind: digits}}
  stages:
    start:
      rules:
        - {patterns: "[* [* [* one] one] one] * {phone} * {phone} * end", reply: x}
)");
  std::string said;
  for (int i = 0; i < 5000; ++i)
    said += "one ";
  EXPECT_EQ(reply_to(script, said), "-");
}

}  // namespace
}  // namespace parley::llm
