#include "speech/grammar.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace parley::speech {
namespace {

agent::Script script_of(std::vector<std::string> patterns) {
  agent::Script script;
  agent::Rule rule;
  rule.patterns = std::move(patterns);
  script.stages["start"].rules.push_back(rule);
  return script;
}

TEST(Grammar, IsTheUnionOfTheDistinctPatternsOfAllStagesAndAnywhere) {
  auto script = script_of({"Yes [please]", "(no|nope) thank you"});
  agent::Rule again;
  again.patterns = {"yes [please]", "[good | bye] bye"};
  script.stages["then"].rules.push_back(again);
  agent::Rule anywhere;
  anywhere.patterns = {"help"};
  script.anywhere.push_back(anywhere);
  const auto grammar = compile_grammar(script);
  ASSERT_TRUE(grammar) << describe(grammar.error());
  EXPECT_EQ(grammar->jsgf,
            "#JSGF V1.0;\n"
            "grammar parley;\n"
            "public <utterance> = <pattern1> | <pattern2> | <pattern3> | <pattern4>;\n"
            "<pattern1> = yes [please];\n"
            "<pattern2> = (no | nope) thank you;\n"
            "<pattern3> = [good | bye] bye;\n"
            "<pattern4> = help;\n");
  EXPECT_EQ(grammar->words,
            (std::set<std::string>{"bye", "good", "help", "no", "nope", "please", "thank", "yes", "you"}));
}

TEST(Grammar, WritesASlotAsItsSpokenForms) {
  auto script = script_of({"call {phone}", "{size} one", "pin {pin}"});
  script.slots["phone"] = {
      .kind = agent::SlotKind::digits, .min_digits = 10, .max_digits = 10, .choices = {}};
  script.slots["pin"] = {.kind = agent::SlotKind::digits, .min_digits = 1, .max_digits = 1, .choices = {}};
  script.slots["size"].choices = {{"Large", {"big", "very large"}}, {"small", {}}};
  const auto grammar = compile_grammar(script);
  ASSERT_TRUE(grammar) << describe(grammar.error());
  EXPECT_EQ(grammar->jsgf,
            "#JSGF V1.0;\n"
            "grammar parley;\n"
            "public <utterance> = <pattern1> | <pattern2> | <pattern3>;\n"
            "<pattern1> = call <digits>;\n"
            "<pattern2> = <choice_size> one;\n"
            "<pattern3> = pin <digit>;\n"
            "<digits> = ([double | triple] <digit>)+;\n"
            "<digit> = zero | oh | one | two | three | four | five | six | seven | eight | nine;\n"
            "<choice_size> = large | big | very large | small;\n");
}

TEST(Grammar, LeavesOutAPatternThatAsksForNoWordAndTurnsAStarIntoFiller) {
  const auto grammar = compile_grammar(script_of({"*", "[please]", "* book *"}));
  ASSERT_TRUE(grammar) << describe(grammar.error());
  EXPECT_NE(
      grammar->jsgf.find("public <utterance> = <pattern1>;\n<pattern1> = [<filler>] book [<filler>];\n"),
      std::string::npos)
      << grammar->jsgf;
  EXPECT_TRUE(grammar->words.contains("i'd"));
}

TEST(Grammar, NamesWhatItCannotCompile) {
  EXPECT_EQ(compile_grammar(agent::Script{}).error().code, Errc::invalid_argument);
  EXPECT_NE(compile_grammar(script_of({"{nowhere}"})).error().message.find("slot 'nowhere'"),
            std::string::npos);
  EXPECT_NE(compile_grammar(script_of({"(open"})).error().message.find("pattern '(open'"), std::string::npos);
}

TEST(Dictionary, HasEveryPronunciationOfTheWordsAskedForAndNoOther) {
  const auto file = std::filesystem::path(::testing::TempDir()) / "speech_dictionary_test.dict";
  std::ofstream(file) << "a AH\na(2) EY\nable EY B AH L\no'clock AH K L AA K\r\n";
  const auto cut = cut_dictionary(file, {"a", "o'clock"});
  ASSERT_TRUE(cut) << describe(cut.error());
  EXPECT_EQ(*cut, (std::vector<Pronunciation>{{"a", "AH"}, {"a(2)", "EY"}, {"o'clock", "AH K L AA K"}}));
  const auto missing = cut_dictionary(file, {"a", "namaste"});
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().message.find("'namaste'"), std::string::npos);
  std::filesystem::remove(file);
  EXPECT_EQ(cut_dictionary(file, {"a"}).error().code, Errc::not_found);
}

}  // namespace
}  // namespace parley::speech
