#include "base/ascii.hpp"

#include <gtest/gtest.h>

namespace parley {
namespace {

TEST(Ascii, BytesOfOtherCharactersAreNoneOfIts) {
  for (int byte = 128; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_FALSE(is_digit(c) || is_letter(c) || is_hex_digit(c) || is_space(c)) << byte;
    EXPECT_EQ(to_lower(c), c);
  }
}

TEST(Ascii, ClassesEndWhereTheyShould) {
  EXPECT_TRUE(is_digit('0') && is_digit('9'));
  EXPECT_FALSE(is_digit('/') || is_digit(':'));
  EXPECT_TRUE(is_letter('a') && is_letter('z') && is_letter('A') && is_letter('Z'));
  EXPECT_FALSE(is_letter('@') || is_letter('[') || is_letter('`') || is_letter('{'));
  EXPECT_TRUE(is_hex_digit('f') && is_hex_digit('F') && is_hex_digit('7'));
  EXPECT_FALSE(is_hex_digit('g') || is_hex_digit('G'));
}

TEST(Ascii, OnlyLatinCapitalsAreLowered) {
  EXPECT_EQ(to_lower("Content-TYPE @[É"), "content-type @[É");
}

TEST(Ascii, SpaceAroundATextGoesAndThatWithinStays) {
  EXPECT_EQ(trimmed(" \t\r\n a b\n"), "a b");
  EXPECT_EQ(trimmed(" \n"), "");
  EXPECT_EQ(trimmed(""), "");
}

}  // namespace
}  // namespace parley
