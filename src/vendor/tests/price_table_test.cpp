#include "vendor/price_table.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "vendor/bundled_data.hpp"
#include "vendor/model_notes.hpp"

namespace parley::vendor {
namespace {

using ::testing::HasSubstr;

Usage tokens(std::string model, std::int64_t in, std::int64_t cached, std::int64_t out) {
  Usage usage;
  usage.part = Part::llm;
  usage.vendor = "acme";
  usage.model = std::move(model);
  usage.input_tokens = in;
  usage.cached_input_tokens = cached;
  usage.output_tokens = out;
  return usage;
}

std::shared_ptr<const PriceTable> table(std::string_view text) {
  auto parsed = PriceTable::parse(text, "prices.yaml");
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? *parsed : nullptr;
}

constexpr std::string_view kPrices = R"(
prices:
  - {vendor: acme, model: big, part: llm, as_of: 2026-01-01, input_tokens: 2, cached_tokens: 0.5, output_tokens: 8}
  - {vendor: acme, model: big, part: llm, as_of: 2026-01-01, valid_from: 2027-01-01, input_tokens: 4, output_tokens: 16}
  - {vendor: acme, model: "b*", part: llm, as_of: 2026-01-01, input_tokens: 1, output_tokens: 1}
  - {vendor: acme, model: "*", part: tts, currency: INR, as_of: 2026-01-01, characters: 3000}
  - {vendor: acme, model: "*", part: stt, as_of: 2026-01-01, minutes: 0.006}
)";

TEST(PriceTable, ChargesCachedTokensAtTheirOwnPrice) {
  const auto prices = table(kPrices);
  const auto cost = prices->cost_of(tokens("big", 1000, 400, 100), "2026-11-21");
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->micros, 600 * 2 + 400 / 2 + 100 * 8);
  EXPECT_EQ(cost->currency, "USD");
  EXPECT_EQ(cost->as_of, "2026-01-01");
}

TEST(PriceTable, TakesThePriceOfTheDayAndTheMostExactName) {
  const auto prices = table(kPrices);
  EXPECT_EQ(prices->cost_of(tokens("big", 1000, 0, 0), "2026-12-31")->micros, 2000);
  EXPECT_EQ(prices->cost_of(tokens("big", 1000, 0, 0), "2027-01-01")->micros, 4000);
  EXPECT_EQ(prices->cost_of(tokens("bigger", 1000, 0, 0), "2027-01-01")->micros, 1000);
}

TEST(PriceTable, KnowsNoPriceOfWhatIsNotInIt) {
  const auto prices = table(kPrices);
  EXPECT_FALSE(prices->cost_of(tokens("other", 10, 0, 0), "2026-11-21"));
  Usage audio = tokens("big", 10, 0, 0);
  audio.audio_output_tokens = 5;  // this price is not said
  EXPECT_FALSE(prices->cost_of(audio, "2026-11-21"));
}

TEST(PriceTable, ChargesCharactersAndMinutes) {
  const auto prices = table(kPrices);
  Usage spoken{.part = Part::tts, .vendor = "acme", .model = "voice", .characters = 100};
  EXPECT_EQ(prices->cost_of(spoken, "2026-11-21"), (Cost{300'000, "INR", "2026-01-01"}));
  Usage heard{.part = Part::stt, .vendor = "acme", .model = "ear", .audio_seconds = 90};
  EXPECT_EQ(prices->cost_of(heard, "2026-11-21")->micros, 9000);
}

TEST(PriceTable, SaysWhichLineIsWrong) {
  const auto parsed = PriceTable::parse(
      "prices:\n  - {vendor: a, model: m, as_of: 2026-01-01, input_tokens: -1}\n  - {model: m, currency: "
      "usd}\n",
      "p");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("p:2"));
  EXPECT_THAT(parsed.error().message, HasSubstr("input_tokens"));
  EXPECT_THAT(parsed.error().message, HasSubstr("p:3"));
  EXPECT_THAT(parsed.error().message, HasSubstr("currency"));
}

TEST(PriceTable, TheBundledOneIsReadableAndKnowsTheUsualModels) {
  ASSERT_TRUE(PriceTable::parse(bundled_prices(), "prices.yaml"));
  Usage usage = tokens("gpt-4o-mini", 1'000'000, 0, 0);
  usage.vendor = "openai";
  EXPECT_EQ(PriceTable::bundled()->cost_of(usage, "2026-11-21")->micros, 150'000);
}

TEST(ModelNotes, WarnOfModelsThatHaveEndedOrWill) {
  ASSERT_TRUE(ModelNotes::parse(bundled_models(), "models.yaml"));
  const auto notes = ModelNotes::bundled();
  EXPECT_THAT(*notes->warning("openai", "gpt-4", "2026-11-21"), HasSubstr("ended on 2026-10-23"));
  EXPECT_THAT(*notes->warning("openai", "gpt-4o", "2026-11-21"), HasSubstr("ends on 2027-01-14"));
  EXPECT_THAT(*notes->warning("sarvam", "saarika:v2.5", "2026-11-21"), HasSubstr("saaras:v3"));
  EXPECT_FALSE(notes->warning("openai", "gpt-9-from-the-future", "2026-11-21"));
  EXPECT_FALSE(notes->warning("elsewhere", "gpt-4", "2026-11-21"));
}

TEST(ModelNotes, SayWhichLineIsWrong) {
  const auto parsed =
      ModelNotes::parse("models:\n  - {vendor: a, model: m, ends: soon, as_of: 2026-01-01}\n", "m");
  ASSERT_FALSE(parsed);
  EXPECT_THAT(parsed.error().message, HasSubstr("m:2"));
}

}  // namespace
}  // namespace parley::vendor
