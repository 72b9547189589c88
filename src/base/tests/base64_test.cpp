#include "base/base64.hpp"

#include <random>

#include <gtest/gtest.h>

namespace parley {
namespace {

std::string encode(std::string_view bytes) {
  std::string out;
  base64_encode(std::as_bytes(std::span(bytes)), out);
  return out;
}

std::optional<std::string> decode(std::string_view text) {
  std::vector<std::byte> out(base64_decoded_max(text.size()));
  const auto size = base64_decode(text, out.data());
  if (!size) return std::nullopt;
  return std::string(reinterpret_cast<const char*>(out.data()), *size);
}

TEST(Base64, MatchesTheVectorsOfRfc4648) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", ""},
      {"f", "Zg=="},
      {"fo", "Zm8="},
      {"foo", "Zm9v"},
      {"foob", "Zm9vYg=="},
      {"fooba", "Zm9vYmE="},
      {"foobar", "Zm9vYmFy"},
  };
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(encode(plain), coded);
    EXPECT_EQ(decode(coded), plain);
  }
}

TEST(Base64, TakesMissingPadding) {
  EXPECT_EQ(decode("Zg"), "f");
  EXPECT_EQ(decode("Zm8"), "fo");
}

TEST(Base64, RefusesWhatIsNotBase64) {
  for (const std::string_view bad : {"Z", "Zm9v!", "Zm 9v", "Zg===", "====", "Zm\n9", "Zm9vY", "-_-_"}) {
    EXPECT_EQ(decode(bad), std::nullopt) << bad;
  }
}

TEST(Base64, EveryLengthSurvivesTheRoundTrip) {
  std::mt19937 random(1);
  std::string bytes;
  for (int length = 0; length < 200; ++length) {
    EXPECT_EQ(decode(encode(bytes)), bytes);
    bytes += static_cast<char>(random());
  }
}

TEST(Base64, EncodingAppends) {
  std::string out = "x";
  base64_encode(std::as_bytes(std::span(std::string_view("foo"))), out);
  EXPECT_EQ(out, "xZm9v");
}

}  // namespace
}  // namespace parley
