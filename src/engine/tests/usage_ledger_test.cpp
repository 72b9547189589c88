#include "engine/usage_ledger.hpp"

#include <gtest/gtest.h>

#include "engine/tests/call_fixture.hpp"

namespace parley::engine {
namespace {

using vendor::Part;

class UsageLedgerTest : public ::testing::Test {
 protected:
  static std::shared_ptr<const vendor::PriceTable> prices() {
    auto table = vendor::PriceTable::parse(
        "prices:\n"
        "  - {vendor: v, model: m, part: llm, currency: USD, as_of: 2026-01-01, input_tokens: 1, "
        "output_tokens: 2}\n"
        "  - {vendor: v, model: ear, part: stt, currency: INR, as_of: 2026-01-01, minutes: 60}\n",
        "t");
    EXPECT_TRUE(table);
    return *table;
  }
  static vendor::Usage tokens(std::int64_t in, std::int64_t out, std::string model = "m") {
    return {.part = Part::llm,
            .vendor = "v",
            .model = std::move(model),
            .input_tokens = in,
            .output_tokens = out};
  }
  // The row as it stands in the log: the last one written for its key.
  std::optional<storage::UsageRecord> row(int turn, Part part, std::string_view model) const {
    const auto found = store_.usage.find(fmt::format("{} {} v {}", turn, to_string(part), model));
    return found == store_.usage.end() ? std::nullopt : std::optional(found->second);
  }

  MemoryStore store_;
  UsageLedger ledger_{"call-1", store_, prices(), "2026-11-21"};
};

TEST_F(UsageLedgerTest, ReportsOfATurnAddUpAndThePriceIsThatOfTheSum) {
  ledger_.add(1, tokens(100, 10));
  EXPECT_EQ(row(1, Part::llm, "m")->cost->micros, 120) << "written as it comes in";
  ledger_.add(1, tokens(0, 5));
  const auto written = row(1, Part::llm, "m");
  ASSERT_TRUE(written);
  EXPECT_EQ(written->call_id, "call-1");
  EXPECT_EQ(written->usage.input_tokens, 100);
  EXPECT_EQ(written->usage.output_tokens, 15);
  EXPECT_EQ(written->cost, (vendor::Cost{130, "USD", "2026-01-01"}));
  EXPECT_EQ(store_.usage.size(), 1U);
}

TEST_F(UsageLedgerTest, PartsOfAMillionthAreNotLostByAddingSmallReports) {
  for (int i = 0; i < 100; ++i)
    ledger_.add(1, {.part = Part::stt, .vendor = "v", .model = "ear", .audio_seconds = 0.0000001});
  EXPECT_EQ(row(1, Part::stt, "ear")->cost->micros, 10);
}

TEST_F(UsageLedgerTest, TurnsPartsAndModelsAreKeptApart) {
  ledger_.add(1, tokens(1, 0));
  ledger_.add(2, tokens(2, 0));
  ledger_.add(2, tokens(4, 0, "other"));
  ledger_.add(2, {.part = Part::stt, .vendor = "v", .model = "m", .audio_seconds = 60});
  EXPECT_EQ(row(1, Part::llm, "m")->usage.input_tokens, 1);
  EXPECT_EQ(row(2, Part::llm, "m")->usage.input_tokens, 2);
  EXPECT_EQ(row(2, Part::llm, "other")->usage.input_tokens, 4);
  EXPECT_EQ(row(2, Part::stt, "m")->usage.audio_seconds, 60);
}

TEST_F(UsageLedgerTest, AModelWithoutAPriceIsCountedWithoutOne) {
  ledger_.add(1, tokens(1'000'000, 0, "unheard-of"));
  EXPECT_FALSE(row(1, Part::llm, "unheard-of")->cost);
  ledger_.add(1, {.part = Part::stt, .vendor = "v", .model = "ear", .audio_seconds = 60});
  EXPECT_EQ(row(1, Part::stt, "ear")->cost->currency, "INR");
}

TEST_F(UsageLedgerTest, ThePriceIsThatOfTheDayOfTheCallHoweverLongTheServerHasRun) {
  auto table = vendor::PriceTable::parse(
      "prices:\n"
      "  - {vendor: v, model: m, part: llm, as_of: 2026-01-01, input_tokens: 1}\n"
      "  - {vendor: v, model: m, part: llm, as_of: 2026-01-01, valid_from: 2027-01-01, input_tokens: 2}\n",
      "p");
  ASSERT_TRUE(table);
  const vendor::Usage used{.part = vendor::Part::llm, .vendor = "v", .model = "m", .input_tokens = 1000};
  UsageLedger("before", store_, *table, "2026-12-31").add(1, used);
  ASSERT_TRUE(store_.usage.at("1 llm v m").cost);
  EXPECT_EQ(store_.usage.at("1 llm v m").cost->micros, 1000);
  UsageLedger("after", store_, *table, "2027-01-01").add(1, used);
  EXPECT_EQ(store_.usage.at("1 llm v m").cost->micros, 2000);
}

TEST_F(UsageLedgerTest, WhatIsPartlyEstimatedIsEstimated) {
  ledger_.add(1, tokens(10, 0));
  EXPECT_FALSE(row(1, Part::llm, "m")->usage.estimated);
  auto guess = tokens(10, 0);
  guess.estimated = true;
  ledger_.add(1, guess);
  EXPECT_TRUE(row(1, Part::llm, "m")->usage.estimated);
}

}  // namespace
}  // namespace parley::engine
