#include "carrier/exotel/ist_time.hpp"

#include <gtest/gtest.h>

#include "base/clock.hpp"

namespace parley::carrier::exotel {
namespace {

std::string utc(std::string_view text) {
  const auto time = read_time(text);
  return time ? utc_time(*time) : "none";
}

TEST(IstTime, TextWithoutAZoneIsIndianTime) {
  EXPECT_EQ(utc("2026-01-31 12:00:00"), "2026-01-31T06:30:00.000Z");
  EXPECT_EQ(utc("2025-01-07 03:51:06"), "2025-01-06T22:21:06.000Z");
  EXPECT_EQ(utc("Tue, 07 Jan 2025 15:51:06"), "2025-01-07T10:21:06.000Z");
  EXPECT_EQ(utc(" 2026-01-31T12:00:00.25 "), "2026-01-31T06:30:00.250Z");
}

TEST(IstTime, AnOffsetIsTaken) {
  EXPECT_EQ(utc("2026-01-31T12:00:00+05:30"), "2026-01-31T06:30:00.000Z");
  EXPECT_EQ(utc("2026-01-31T12:00:00+0530"), "2026-01-31T06:30:00.000Z");
  EXPECT_EQ(utc("2026-01-31T12:00:00 05:30"), "2026-01-31T06:30:00.000Z")
      << "a plus that an address has lost";
  EXPECT_EQ(utc("2026-01-31T12:00:00Z"), "2026-01-31T12:00:00.000Z");
  EXPECT_EQ(utc("2026-01-31T12:00:00-03:00"), "2026-01-31T15:00:00.000Z");
  EXPECT_EQ(utc("Tue, 07 Jan 2025 15:51:06 +0000"), "2025-01-07T15:51:06.000Z");
}

TEST(IstTime, TimesThatStandForNoneAreNone) {
  for (const char* text : {"", "1970-01-01 05:30:00", "0000-00-00 00:00:00", "0001-01-01T00:00:00Z",
                           "1970-01-01T00:00:00Z", "Thu, 01 Jan 1970 05:30:00", "null"})
    EXPECT_EQ(utc(text), "none") << text;
}

TEST(IstTime, WhatIsNoTimeIsNone) {
  for (const char* text : {"2026-02-30 12:00:00", "2026-13-01 12:00:00", "2026-01-31 24:00:00",
                           "2026-01-31 12:00:00 x", "2026-01-31 12:00:00+99:00", "2026-01-31",
                           "9999-01-01 00:00:00", "soon", "2026-01-31 12:00:00+5:30"}) {
    EXPECT_EQ(utc(text), "none") << text;
  }
}

TEST(IstTime, WhatWeAskIsWrittenInIndianTime) {
  EXPECT_EQ(ist_text(*parse_utc_time("2026-01-31T20:00:07Z")), "2026-02-01 01:30:07");
  EXPECT_EQ(utc(ist_text(*parse_utc_time("2026-01-31T20:00:07Z"))), "2026-01-31T20:00:07.000Z");
}

}  // namespace
}  // namespace parley::carrier::exotel
