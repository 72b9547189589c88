#include "speech/pcm_stream.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

#include "audio/wav.hpp"

namespace parley::speech {
namespace {

std::vector<std::int16_t> tone(int count, int rate_hz) {
  std::vector<std::int16_t> samples;
  for (int i = 0; i < count; ++i) {
    samples.push_back(static_cast<std::int16_t>(9000 * std::sin(2 * M_PI * 440 * i / rate_hz)));
  }
  return samples;
}

std::string bytes_of(std::span<const std::int16_t> samples) {
  return {reinterpret_cast<const char*>(samples.data()), samples.size() * 2};
}

std::string file_of(std::span<const std::int16_t> samples, int rate_hz,
                    std::optional<std::uint32_t> size = {}) {
  return audio::wav_header(rate_hz, 1, size.value_or(static_cast<std::uint32_t>(samples.size() * 2))) +
         bytes_of(samples);
}

std::string chunk(const std::string& name, std::uint32_t size, const std::string& content) {
  std::string text = name;
  text.append(reinterpret_cast<const char*>(&size), 4);
  return text + content;
}

// A header with other chunks before the sound.
std::string long_header(int rate_hz) {
  const std::string plain = audio::wav_header(rate_hz, 1, 0xffffffff);
  return plain.substr(0, 12) + chunk("LIST", 5, "abcde" + std::string(1, '\0')) + chunk("JUNK", 0, "") +
         plain.substr(12, 24) + chunk("fact", 4, "1234") + plain.substr(36);
}

std::vector<std::int16_t> through(PcmStream& stream, std::string_view bytes, std::size_t piece) {
  std::vector<std::int16_t> all;
  const auto sink = [&all](std::span<const std::int16_t> samples) {
    all.insert(all.end(), samples.begin(), samples.end());
  };
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    stream.push(bytes.substr(at, piece), sink);
  stream.finish(sink);
  return all;
}

TEST(PcmStream, GivesRawSamplesBackWhateverTheSplit) {
  const auto samples = tone(500, 8000);
  for (std::size_t piece = 1; piece < 40; ++piece) {
    PcmStream stream(8000, 8000);
    EXPECT_EQ(through(stream, bytes_of(samples), piece), samples) << piece;
  }
}

TEST(PcmStream, TakesAHeaderAwayWhateverTheSplit) {
  const auto samples = tone(500, 8000);
  for (std::size_t piece = 1; piece < 80; ++piece) {
    PcmStream stream(8000, 8000);
    EXPECT_EQ(through(stream, file_of(samples, 8000), piece), samples) << piece;
    EXPECT_EQ(through(stream, long_header(8000) + bytes_of(samples), piece), samples) << piece;
  }
}

TEST(PcmStream, TheRateOfAHeaderCountsMoreThanTheOneAskedFor) {
  const auto samples = tone(2400, 24000);
  PcmStream with_header(8000, 8000);
  PcmStream without(24000, 8000);
  const auto expected = through(without, bytes_of(samples), 4000);
  EXPECT_EQ(expected.size(), 800U);
  EXPECT_EQ(through(with_header, file_of(samples, 24000), 4000), expected);
}

TEST(PcmStream, ResamplingDoesNotDependOnTheSplit) {
  const auto samples = tone(2400, 24000);
  PcmStream whole(24000, 8000);
  const auto expected = through(whole, bytes_of(samples), 100'000);
  ASSERT_EQ(expected.size(), 800U);
  for (const std::size_t piece : {1U, 3U, 7U, 961U}) {
    PcmStream stream(24000, 8000);
    EXPECT_EQ(through(stream, bytes_of(samples), piece), expected) << piece;
  }
}

TEST(PcmStream, ALengthOfZeroOrTheGreatestMeansUntilTheEnd) {
  const auto samples = tone(100, 8000);
  for (const std::uint32_t size : {0U, 0x7fffffffU, 0xffffffffU}) {
    PcmStream stream(8000, 8000);
    EXPECT_EQ(through(stream, file_of(samples, 8000, size), 33), samples) << size;
  }
}

TEST(PcmStream, SoundBehindALengthThatWasTooSmallIsNotLost) {
  const auto samples = tone(300, 8000);
  for (const std::size_t piece : {1U, 5U, 1000U}) {
    PcmStream stream(8000, 8000);
    EXPECT_EQ(through(stream, file_of(samples, 8000, 100), piece), samples) << piece;
  }
}

TEST(PcmStream, ChunksBehindTheSoundAreNotSound) {
  const auto samples = tone(300, 8000);
  for (const std::size_t piece : {1U, 5U, 1000U}) {
    PcmStream stream(8000, 8000);
    EXPECT_EQ(through(stream, file_of(samples, 8000) + chunk("LIST", 6, "abcdef"), piece), samples) << piece;
  }
}

TEST(PcmStream, FilesInARowAreOneSound) {
  const auto samples = tone(300, 8000);
  auto twice = samples;
  twice.insert(twice.end(), samples.begin(), samples.end());
  for (const std::size_t piece : {1U, 5U, 2000U}) {
    PcmStream stream(24000, 8000);
    EXPECT_EQ(through(stream, file_of(samples, 8000) + file_of(samples, 8000), piece), twice) << piece;
  }
}

TEST(PcmStream, EachMessageMayHaveAHeaderOrNone) {
  const auto samples = tone(50, 8000);
  std::vector<std::int16_t> all;
  const auto sink = [&all](std::span<const std::int16_t> piece) {
    all.insert(all.end(), piece.begin(), piece.end());
  };
  PcmStream stream(8000, 8000);
  stream.push(file_of(samples, 8000, 0xffffffff), sink);
  stream.next_message();
  stream.push(file_of(samples, 8000), sink);
  stream.next_message();
  stream.push(bytes_of(samples), sink);
  stream.next_message();
  stream.push("R", sink);
  stream.next_message();
  stream.push("S", sink);
  stream.finish(sink);
  ASSERT_EQ(all.size(), 151U);
  EXPECT_EQ(all.back(), 'R' | 'S' << 8);
}

TEST(PcmStream, SoundThatOnlyBeginsLikeAHeaderIsSound) {
  PcmStream stream(8000, 8000);
  EXPECT_EQ(through(stream, "RIFFabcdABCDefgh", 3).size(), 8U);
  EXPECT_EQ(through(stream, "RIXX", 1).size(), 2U);
  EXPECT_EQ(through(stream, "RIFF", 1).size(), 2U);
}

TEST(PcmStream, HalfASampleAtTheEndIsDropped) {
  PcmStream stream(8000, 8000);
  EXPECT_EQ(through(stream, "abc", 2).size(), 1U);
  EXPECT_EQ(through(stream, "abcd", 2).size(), 2U) << "nothing is left from the sound before";
}

TEST(PcmStream, SoundOfAnotherCodingGivesNothing) {
  const auto samples = tone(100, 8000);
  auto stereo = audio::wav_header(8000, 2, 200) + bytes_of(samples);
  auto rate = file_of(samples, 8000);
  rate[24] = rate[25] = 1;
  auto mulaw = file_of(samples, 8000);
  mulaw[20] = 7;
  auto no_format = chunk("RIFF", 100, "WAVE") + chunk("data", 200, bytes_of(samples));
  for (const auto& bytes : {stereo, rate, mulaw, no_format}) {
    PcmStream stream(8000, 8000);
    EXPECT_TRUE(through(stream, bytes, 10).empty());
    EXPECT_FALSE(stream.valid());
  }
}

TEST(PcmStream, AHeaderWithoutSoundGivesNothing) {
  for (const auto& bytes : {audio::wav_header(8000, 1, 10), chunk("RIFF", 100, "WAVE"),
                            chunk("RIFF", 4, "WAVE") + chunk("fmt ", 0xffffffff, "0123456789abcdef0123")}) {
    PcmStream stream(8000, 8000);
    EXPECT_TRUE(through(stream, bytes, 7).empty());
  }
}

TEST(PcmStream, TheSinkMayDestroyTheStream) {
  auto stream = std::make_unique<PcmStream>(24000, 8000);
  const auto samples = tone(2400, 24000);
  stream->push(bytes_of(samples), [&stream](std::span<const std::int16_t>) { stream.reset(); });
  EXPECT_FALSE(stream);
}

}  // namespace
}  // namespace parley::speech
