#include "audio/resampler.hpp"

#include <tuple>

#include <gtest/gtest.h>

#include "audio/tests/tone.hpp"

namespace parley::audio {
namespace {

std::vector<std::int16_t> whole(std::span<const std::int16_t> in, int from, int to) {
  Resampler resampler(from, to);
  std::vector<std::int16_t> out;
  resampler.process(in, out);
  resampler.flush(out);
  return out;
}

class ResamplerRates : public ::testing::TestWithParam<std::tuple<int, int>> {};

TEST_P(ResamplerRates, LengthIsTheRatioToWithinASample) {
  const auto [from, to] = GetParam();
  for (const std::size_t samples : {1U, 160U, 161U, 4001U, 16000U}) {
    const auto out = whole(tone(500, from, 8000, samples), from, to);
    EXPECT_NEAR(static_cast<double>(out.size()), static_cast<double>(samples) * to / from, 1.0);
  }
}

TEST_P(ResamplerRates, AToneKeepsItsLevelAndItsPlaceInTime) {
  const auto [from, to] = GetParam();
  const auto out = whole(tone(1000, from, 10000, static_cast<std::size_t>(from)), from, to);
  const auto ideal = tone(1000, to, 10000, static_cast<std::size_t>(to));
  double worst = 0;
  for (std::size_t i = static_cast<std::size_t>(to) / 10; i < static_cast<std::size_t>(to) * 9 / 10; ++i) {
    worst = std::max(worst, std::abs(static_cast<double>(out[i]) - ideal[i]));
  }
  EXPECT_LT(worst, 10000 * 0.005);
}

TEST_P(ResamplerRates, ChunksGiveTheSameBitsAsTheWhole) {
  const auto [from, to] = GetParam();
  const auto in = white_noise(3000, static_cast<std::size_t>(from));
  const auto expected = whole(in, from, to);
  for (const std::size_t chunk : {std::size_t{1}, std::size_t{37}, std::size_t{160}, std::size_t{1601}}) {
    Resampler resampler(from, to);
    std::vector<std::int16_t> out;
    for (std::size_t at = 0; at < in.size(); at += chunk) {
      resampler.process(std::span(in).subspan(at, std::min(chunk, in.size() - at)), out);
    }
    resampler.flush(out);
    EXPECT_EQ(out, expected) << "chunks of " << chunk;
  }
}

INSTANTIATE_TEST_SUITE_P(Rates, ResamplerRates,
                         ::testing::Values(std::tuple(8000, 16000), std::tuple(16000, 8000),
                                           std::tuple(24000, 8000), std::tuple(8000, 24000),
                                           std::tuple(22050, 8000), std::tuple(48000, 8000),
                                           std::tuple(24000, 16000)));

TEST(Resampler, RemovesWhatTheLowerRateCannotCarry) {
  const auto out = whole(tone(6000, 24000, 10000, 24000), 24000, 8000);
  EXPECT_LT(rms(std::span(out).subspan(800, 6400)), 2.0);
}

TEST(Resampler, EqualRatesCopy) {
  const auto in = white_noise(2000, 1000);
  EXPECT_EQ(whole(in, 8000, 8000), in);
}

TEST(Resampler, StartsAnewAfterAFlush) {
  const auto in = white_noise(2000, 3210);
  Resampler resampler(16000, 8000);
  std::vector<std::int16_t> first;
  resampler.process(in, first);
  resampler.flush(first);
  std::vector<std::int16_t> second;
  resampler.process(in, second);
  resampler.flush(second);
  EXPECT_EQ(first, second);
}

TEST(Resampler, FlushOfNothingIsNothing) {
  Resampler resampler(16000, 8000);
  std::vector<std::int16_t> out;
  resampler.flush(out);
  EXPECT_TRUE(out.empty());
}

}  // namespace
}  // namespace parley::audio
