#include "audio/g711.hpp"

#include <cstdlib>

#include <gtest/gtest.h>

namespace parley::audio {
namespace {

TEST(G711, MulawDecodesTheValuesOfTheStandard) {
  EXPECT_EQ(mulaw_to_linear(0xff), 0);
  EXPECT_EQ(mulaw_to_linear(0x7f), 0);
  EXPECT_EQ(mulaw_to_linear(0xfe), 8);
  EXPECT_EQ(mulaw_to_linear(0x7e), -8);
  EXPECT_EQ(mulaw_to_linear(0xf0), 120);
  EXPECT_EQ(mulaw_to_linear(0xef), 132);
  EXPECT_EQ(mulaw_to_linear(0x80), 32124);
  EXPECT_EQ(mulaw_to_linear(0x00), -32124);
}

TEST(G711, AlawDecodesTheValuesOfTheStandard) {
  EXPECT_EQ(alaw_to_linear(0xd5), 8);
  EXPECT_EQ(alaw_to_linear(0x55), -8);
  EXPECT_EQ(alaw_to_linear(0xd4), 24);
  EXPECT_EQ(alaw_to_linear(0xc5), 264);
  EXPECT_EQ(alaw_to_linear(0xaa), 32256);
  EXPECT_EQ(alaw_to_linear(0x2a), -32256);
}

TEST(G711, MulawEncodesTheValuesOfTheStandard) {
  EXPECT_EQ(linear_to_mulaw(0), 0xff);
  EXPECT_EQ(linear_to_mulaw(8), 0xfe);
  EXPECT_EQ(linear_to_mulaw(-8), 0x7e);
  EXPECT_EQ(linear_to_mulaw(32767), 0x80);
  EXPECT_EQ(linear_to_mulaw(-32768), 0x00);
}

TEST(G711, EveryMulawCodeSurvivesARoundTrip) {
  for (int code = 0; code < 256; ++code) {
    // Minus zero is the one value that has two codes.
    const int expected = code == 0x7f ? 0xff : code;
    EXPECT_EQ(linear_to_mulaw(mulaw_to_linear(static_cast<std::uint8_t>(code))), expected) << code;
  }
}

TEST(G711, MulawRoundingErrorIsHalfAStepAtMost) {
  for (int value = -32768; value <= 32767; value += 7) {
    const int back = mulaw_to_linear(linear_to_mulaw(static_cast<std::int16_t>(value)));
    const int allowed = std::max(4, (std::abs(value) + 132) / 32);
    EXPECT_LE(std::abs(back - value), std::abs(value) > 32124 ? 650 : allowed) << value;
  }
}

}  // namespace
}  // namespace parley::audio
