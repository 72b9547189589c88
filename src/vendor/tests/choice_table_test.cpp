#include "vendor/choice_table.hpp"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vendor/bundled_data.hpp"
#include "vendor/model_notes.hpp"

namespace parley::vendor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ChoiceTable, AVoicesIdIsItsNameBetweenPrefixAndSuffixUnlessItIsGiven) {
  const auto table = ChoiceTable::parse(R"(
choices:
  - provider: acme
    label: Acme
    part: tts
    default: big
    models: [big, small]
    voices:
      - {prefix: a-, suffix: -en, names: [thalia, zeus], languages: [en]}
      - {id: X9, names: [george], gender: male, models: [big]}
)",
                                        "choices.yaml");
  ASSERT_TRUE(table) << table.error().message;
  const ProviderSuggestion* acme = (*table)->find("acme", "tts");
  ASSERT_NE(acme, nullptr);
  ASSERT_EQ(acme->voices.size(), 3U);
  EXPECT_EQ(acme->voices[0].id, "a-thalia-en");
  EXPECT_EQ(acme->voices[0].name, "Thalia");
  EXPECT_THAT(acme->voices[1].languages, ElementsAre("en"));
  EXPECT_EQ(acme->voices[2].id, "X9");
  EXPECT_EQ(acme->voices[2].gender, "male");
  EXPECT_THAT(acme->voices[2].languages, IsEmpty());
  EXPECT_EQ((*table)->find("acme", "stt"), nullptr);
}

TEST(ChoiceTable, EveryMistakeIsToldWithItsLine) {
  const auto table = ChoiceTable::parse(R"(
choices:
  - {provider: acme, part: ttx, default: big, models: [small]}
  - {provider: acme, label: Acme, part: tts, voices: [{id: X, names: [a, b]}, {gender: both, names: [c]}]}
)",
                                        "choices.yaml");
  ASSERT_FALSE(table);
  for (const char* part :
       {"choices.yaml:3", "label", "stt, llm, tts or sts", "one of models", "one voice's", "female or male"})
    EXPECT_THAT(table.error().message, HasSubstr(part));
}

TEST(ChoiceTable, TheBundledOneHasNoVoiceTwiceAndNoDefaultThatHasEnded) {
  const auto table = ChoiceTable::parse(bundled_choices(), "choices.yaml");
  ASSERT_TRUE(table) << table.error().message;
  const auto notes = ModelNotes::bundled();
  for (const ProviderSuggestion& provider : (*table)->providers()) {
    std::set<std::string> ids;
    for (const VoiceSuggestion& voice : provider.voices) {
      EXPECT_TRUE(ids.insert(voice.id).second) << provider.provider << " " << voice.id;
      for (const std::string& model : voice.models)
        EXPECT_THAT(provider.models, Contains(model)) << voice.id;
    }
    for (const std::string& model : provider.models) {
      const ModelNote* note = notes->find(provider.provider, model);
      EXPECT_TRUE(note == nullptr || note->ends.empty() || note->ends > "2026-11-21") << model;
    }
  }
  EXPECT_FALSE((*table)->languages().empty());
}

}  // namespace
}  // namespace parley::vendor
