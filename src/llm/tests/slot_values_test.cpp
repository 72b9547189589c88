// Spoken and written values as tables. "-" stands for no value.
#include "llm/slot_values.hpp"

#include <gtest/gtest.h>

namespace parley::llm {
namespace {

using namespace std::chrono;

struct Case {
  const char* said;
  const char* value;
};

template <class Parse>
void check(std::span<const Case> cases, Parse parse) {
  for (const auto& c : cases)
    EXPECT_EQ(parse(agent::words_of(c.said)).value_or("-"), c.value) << "'" << c.said << "'";
}

TEST(SlotValues, Digits) {
  const Case cases[] = {
      {"nine eight double seven", "9877"},
      {"triple zero", "000"},
      {"oh one o two", "0102"},
      {"ninety eight forty eight", "9848"},
      {"twenty five", "25"},
      {"eleven", "11"},
      {"987", "987"},
      {"98-76 5", "98765"},
      {"9 8 7", "987"},
      {"९८७", "987"},
      {"1", "-"},
      {"one two three four five six seven", "-"},
      {"double", "-"},
      {"double twenty", "-"},
      {"nine and eight", "-"},
      {"4:30", "-"},
      {"", "-"},
  };
  check(cases, [](const auto& words) { return parse_digits(words, 2, 6); });
}

TEST(SlotValues, Numbers) {
  const Case cases[] = {
      {"seven", "7"},
      {"zero", "0"},
      {"twenty five", "25"},
      {"a hundred", "100"},
      {"two hundred and fifty", "250"},
      {"one thousand two hundred", "1200"},
      {"fifty thousand", "50000"},
      {"1,250", "1250"},
      {"2.50", "2.5"},
      {"2.5 lakh", "250000"},
      {"two point five crores", "25000000"},
      {"five lakh twenty thousand", "520000"},
      {"one crore five lakhs and two", "10500002"},
      {"three million", "3000000"},
      {"twenty thousand five lakh", "-"},
      {"five five", "-"},
      {"hundred", "-"},
      {"a", "-"},
      {"two point", "-"},
      {"999999999999 crore", "-"},
      {"about ten", "-"},
      {"ten and", "-"},
      {"", "-"},
  };
  check(cases, [](const auto& words) { return parse_number(words); });
}

TEST(SlotValues, Dates) {
  const Case cases[] = {
      {"today", "2026-11-21"},
      {"tomorrow", "2026-11-22"},
      {"the day after tomorrow", "2026-11-23"},
      {"day after tomorrow", "2026-11-23"},
      {"monday", "2026-11-23"},
      {"saturday", "2026-11-28"},
      {"this friday", "2026-11-27"},
      {"next monday", "2026-11-23"},
      {"next saturday", "2026-11-28"},
      {"next sunday", "2026-11-29"},
      {"sunday", "2026-11-22"},
      {"the second of may", "2027-05-02"},
      {"second may", "2027-05-02"},
      {"may second", "2027-05-02"},
      {"may the second", "2027-05-02"},
      {"2 May", "2027-05-02"},
      {"2nd of May", "2027-05-02"},
      {"two may", "2027-05-02"},
      {"twenty second november", "2026-11-22"},
      {"november 21", "2026-11-21"},
      {"20 nov", "2027-11-20"},
      {"sept 3", "2027-09-03"},
      {"thirty first of december", "2026-12-31"},
      {"december twenty fifth twenty twenty seven", "2027-12-25"},
      {"2 may 2028", "2028-05-02"},
      {"may second two thousand and thirty", "2030-05-02"},
      {"the thirtieth", "2026-11-30"},
      {"the second", "2026-12-02"},
      {"31st", "2026-12-31"},
      {"2026-11-22", "2026-11-22"},
      {"22/11", "2026-11-22"},
      {"22/11/2027", "2027-11-22"},
      {"1-2-27", "2027-02-01"},
      {"29 february", "2028-02-29"},
      {"31 february", "-"},
      {"2026-13-01", "-"},
      {"31/4", "-"},
      {"4.30", "-"},
      {"two", "-"},
      {"may", "-"},
      {"the", "-"},
      {"next", "-"},
      {"monday morning", "-"},
      {"", "-"},
  };
  check(cases, [](const auto& words) { return parse_date(words, 2026y / November / 21); });  // a Saturday
}

TEST(SlotValues, ANextWeekdayIsInTheWeekAfterThis) {
  const auto on = [](const char* said, CalendarDay today) {
    return parse_date(agent::words_of(said), today).value_or("-");
  };
  EXPECT_EQ(on("friday", 2026y / November / 18), "2026-11-20");
  EXPECT_EQ(on("next friday", 2026y / November / 18), "2026-11-27");
  EXPECT_EQ(on("next monday", 2026y / November / 22), "2026-11-23");  // said on a Sunday
  EXPECT_EQ(on("today", CalendarDay()), "-");
}

TEST(SlotValues, Times) {
  const Case cases[] = {
      {"four thirty pm", "16:30"},
      {"4:30 p.m.", "16:30"},
      {"4.30 pm", "16:30"},
      {"4pm", "16:00"},
      {"4:30pm", "16:30"},
      {"16:30", "16:30"},
      {"09:15", "09:15"},
      {"4:30", "16:30"},
      {"nine", "09:00"},
      {"nine fifteen", "09:15"},
      {"four", "16:00"},
      {"4", "16:00"},
      {"four o'clock", "16:00"},
      {"four oh five", "16:05"},
      {"four forty five", "16:45"},
      {"half past four", "16:30"},
      {"half past nine", "09:30"},
      {"quarter to five", "16:45"},
      {"a quarter past ten", "10:15"},
      {"quarter to one", "12:45"},
      {"ten past four", "16:10"},
      {"twenty minutes to six in the evening", "17:40"},
      {"seven in the morning", "07:00"},
      {"ten in the evening", "22:00"},
      {"ten at night", "22:00"},
      {"twelve at night", "00:00"},
      {"two at night", "02:00"},
      {"twelve am", "00:00"},
      {"twelve", "12:00"},
      {"12 noon", "12:00"},
      {"noon", "12:00"},
      {"midnight", "00:00"},
      {"sixteen hundred", "16:00"},
      {"sixteen thirty", "16:30"},
      {"seven a m", "07:00"},
      {"oh seven hundred hours", "07:00"},
      {"twenty five", "-"},
      {"4:61", "-"},
      {"25:00", "-"},
      {"four five", "-"},
      {"half to four", "-"},
      {"thirty", "-"},
      {"four pm tomorrow", "-"},
      {"sixteen am", "-"},
      {"pm", "-"},
      {"", "-"},
  };
  check(cases, [](const auto& words) { return parse_time(words); });
}

TEST(SlotValues, Choices) {
  agent::Slot slot;
  slot.kind = agent::SlotKind::choice;
  slot.choices = {{"Dr. Rao", {"rao", "doctor rao"}}, {"New Delhi", {}}};
  const Case cases[] = {{"Rao", "Dr. Rao"},
                        {"dr rao", "Dr. Rao"},
                        {"doctor rao", "Dr. Rao"},
                        {"new delhi", "New Delhi"},
                        {"delhi", "-"}};
  check(cases, [&](const auto& words) { return parse_slot(words, slot, {}); });
}

}  // namespace
}  // namespace parley::llm
