#include "audio/mp3.hpp"

#include <cmath>
#include <numbers>
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/tests/tone_mp3.hpp"
#include "base/base64.hpp"

namespace parley::audio {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kPlenty = 10'000'000;

std::string tone() {
  std::string bytes(base64_decoded_max(kToneMp3.size()), '\0');
  const auto size = base64_decode(kToneMp3, std::as_writable_bytes(std::span(bytes)).data());
  bytes.resize(size.value_or(0));
  return bytes;
}

std::span<const std::byte> span_of(const std::string& bytes) {
  return std::as_bytes(std::span(bytes));
}

// How much of this frequency there is in a channel.
double level_of(const WavAudio& audio, int channel, double hz) {
  double in = 0;
  double across = 0;
  int count = 0;
  for (auto i = static_cast<std::size_t>(channel); i < audio.samples.size();
       i += static_cast<std::size_t>(audio.channels), ++count) {
    const double angle = 2 * std::numbers::pi * hz * count / audio.sample_rate_hz;
    in += audio.samples[i] * std::cos(angle);
    across += audio.samples[i] * std::sin(angle);
  }
  return std::hypot(in, across) * 2 / count;
}

TEST(Mp3, BothChannelsOfARecordingAreDecodedEachToItsOwnSide) {
  const std::string file = tone();
  ASSERT_TRUE(looks_like_mp3(span_of(file)));
  const auto audio = parse_mp3(span_of(file), kPlenty);
  ASSERT_TRUE(audio) << describe(audio.error());
  EXPECT_EQ(audio->sample_rate_hz, 8000);
  ASSERT_EQ(audio->channels, 2);
  EXPECT_NEAR(static_cast<double>(audio->samples.size()) / 2 / 8000, 0.7, 0.15)
      << "with the encoder's padding";
  EXPECT_GT(level_of(*audio, 0, 440), 10 * level_of(*audio, 0, 1000));
  EXPECT_GT(level_of(*audio, 1, 1000), 10 * level_of(*audio, 1, 440));
}

TEST(Mp3, AFileThatBreaksOffEndsThere) {
  const std::string file = tone();
  const auto whole = parse_mp3(span_of(file), kPlenty);
  const std::string half = file.substr(0, file.size() / 2);
  const auto audio = parse_mp3(span_of(half), kPlenty);
  ASSERT_TRUE(audio) << describe(audio.error());
  EXPECT_GT(audio->samples.size(), 0U);
  EXPECT_LT(audio->samples.size(), whole->samples.size());
}

TEST(Mp3, WhatIsNoSoundIsRefused) {
  const std::string page = "<html><body>Not found</body></html>";
  EXPECT_FALSE(looks_like_mp3(span_of(page)));
  const auto audio = parse_mp3(span_of(page), kPlenty);
  ASSERT_FALSE(audio);
  EXPECT_EQ(audio.error().code, Errc::invalid_argument);
  EXPECT_FALSE(parse_mp3({}, kPlenty));
  EXPECT_FALSE(looks_like_mp3({}));
}

TEST(Mp3, MoreSoundThanIsTakenIsRefused) {
  const std::string file = tone();
  const auto audio = parse_mp3(span_of(file), 1000);
  ASSERT_FALSE(audio);
  EXPECT_THAT(audio.error().message, HasSubstr("more sound"));
}

TEST(Mp3, EveryPrefixOfAFileIsSurvived) {
  const std::string file = tone();
  for (std::size_t length = 0; length < file.size(); length += 7) {
    const std::string prefix = file.substr(0, length);
    const auto audio = parse_mp3(span_of(prefix), kPlenty);
    if (audio) EXPECT_EQ(audio->samples.size() % 2, 0U);
  }
}

}  // namespace
}  // namespace parley::audio
