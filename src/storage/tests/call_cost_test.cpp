#include "storage/call_cost.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::storage {
namespace {

using ::testing::ElementsAre;
using vendor::Part;

UsageRecord row(int turn, Part part, std::string vendor, std::optional<vendor::Cost> cost) {
  UsageRecord record;
  record.turn = turn;
  record.usage.part = part;
  record.usage.vendor = std::move(vendor);
  record.usage.model = "m";
  record.cost = std::move(cost);
  return record;
}

TEST(CallCost, AddsUpByCurrencyAndPartAndNamesWhatHasNoPrice) {
  const std::vector<UsageRecord> rows = {
      row(1, Part::llm, "openai", vendor::Cost{1500, "USD", "2026-01-02"}),
      row(1, Part::stt, "sarvam", vendor::Cost{20'000, "INR", "2026-09-20"}),
      row(2, Part::llm, "openai", vendor::Cost{500, "USD", "2025-07-04"}),
      row(2, Part::tts, "openai", vendor::Cost{100, "USD", "2026-01-02"}),
      row(2, Part::tts, "mystery", std::nullopt),
      row(3, Part::tts, "mystery", std::nullopt),
  };
  const CallCost all = cost_of(rows);
  ASSERT_EQ(all.by_currency.size(), 2u);
  EXPECT_EQ(all.by_currency.at("USD").micros, 2100);
  EXPECT_EQ(all.by_currency.at("USD").parts.at(Part::llm), 2000);
  EXPECT_EQ(all.by_currency.at("USD").as_of, "2025-07-04");
  EXPECT_EQ(all.by_currency.at("INR").micros, 20'000);
  EXPECT_THAT(all.unpriced, ElementsAre("tts mystery m"));
  const CallCost second = cost_of(rows, 2);
  EXPECT_EQ(second.by_currency.at("USD").micros, 600);
  EXPECT_FALSE(second.by_currency.contains("INR"));
}

}  // namespace
}  // namespace parley::storage
