#include "api/byte_range.hpp"

#include <gtest/gtest.h>

namespace parley::api {
namespace {

using Kind = RangeVerdict::Kind;

TEST(ByteRange, GivesTheBytesThatWereAskedFor) {
  struct Case {
    const char* header;
    std::uint64_t first, end;
  };
  for (const Case& c :
       {Case{"bytes=0-9", 0, 10}, Case{"bytes=90-", 90, 100}, Case{"bytes=-5", 95, 100},
        Case{"bytes=50-5000", 50, 100}, Case{"bytes=-5000", 0, 100}, Case{"bytes=99-99", 99, 100}}) {
    const auto range = parse_range(c.header, 100);
    EXPECT_EQ(range.kind, Kind::part) << c.header;
    EXPECT_EQ(range.first, c.first) << c.header;
    EXPECT_EQ(range.end, c.end) << c.header;
  }
}

TEST(ByteRange, GivesEverythingWhenItIsNotUnderstood) {
  for (const char* header : {"", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-3", "bytes=0-1,5-6",
                             "items=0-1", "bytes=1-99999999999999999999999", "bytes=+1-2"}) {
    const auto range = parse_range(header, 100);
    EXPECT_EQ(range.kind, Kind::whole) << header;
    EXPECT_EQ(range.end, 100U) << header;
  }
}

TEST(ByteRange, SaysWhenThereIsNothingThere) {
  EXPECT_EQ(parse_range("bytes=100-", 100).kind, Kind::unsatisfiable);
  EXPECT_EQ(parse_range("bytes=-0", 100).kind, Kind::unsatisfiable);
  EXPECT_EQ(parse_range("bytes=0-0", 0).kind, Kind::unsatisfiable);
}

}  // namespace
}  // namespace parley::api
