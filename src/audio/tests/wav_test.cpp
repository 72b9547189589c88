#include "audio/wav.hpp"

#include <cstring>
#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "audio/tests/tone.hpp"
#include "base/ids.hpp"

namespace parley::audio {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Result<WavAudio> parse(const std::string& bytes) {
  return parse_wav(std::as_bytes(std::span(bytes)));
}

template <class T>
std::string le(T value) {
  std::string out(sizeof value, '\0');
  std::memcpy(out.data(), &value, sizeof value);
  return out;
}

std::string chunk(const std::string& tag, const std::string& body) {
  return tag + le(static_cast<std::uint32_t>(body.size())) + body +
         (body.size() % 2 != 0 ? std::string(1, '\0') : "");
}

std::string format_body(std::uint16_t coding, std::uint16_t channels, std::uint32_t rate,
                        std::uint16_t bits) {
  const auto frame = static_cast<std::uint16_t>(channels * bits / 8);
  return le(coding) + le(channels) + le(rate) + le(rate * frame) + le(frame) + le(bits);
}

std::string riff(const std::string& chunks) {
  return "RIFF" + le(static_cast<std::uint32_t>(chunks.size() + 4)) + "WAVE" + chunks;
}

const std::string kPcm = format_body(1, 1, 8000, 16);
const std::string kThreeSamples = le<std::int16_t>(1) + le<std::int16_t>(-2) + le<std::int16_t>(300);

TEST(Wav, ReadsWhatItWrites) {
  const auto file = std::filesystem::temp_directory_path() / (make_id() + ".wav");
  const WavAudio audio{.sample_rate_hz = 16000, .channels = 2, .samples = white_noise(4000, 1600)};
  ASSERT_TRUE(write_wav(file, audio));
  EXPECT_EQ(std::filesystem::file_size(file), 44U + 3200U);
  const auto back = read_wav(file);
  std::filesystem::remove(file);
  ASSERT_TRUE(back) << back.error().message;
  EXPECT_EQ(back->sample_rate_hz, 16000);
  EXPECT_EQ(back->channels, 2);
  EXPECT_EQ(back->samples, audio.samples);
}

TEST(Wav, HeaderIsTheCanonical44Bytes) {
  EXPECT_EQ(wav_header(8000, 2, 6),
            riff(chunk("fmt ", format_body(1, 2, 8000, 16)) + "data" + le(6U)).replace(4, 4, le(42U)));
}

TEST(Wav, TakesChunksInAnyOrderWithOddOnesPadded) {
  const auto audio = parse(
      riff(chunk("LIST", "odd") + chunk("data", kThreeSamples) + chunk("junk", "x") + chunk("fmt ", kPcm)));
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_THAT(audio->samples, ElementsAre(1, -2, 300));
}

TEST(Wav, LeavesOutWhatFollowsTheData) {
  const auto audio = parse(riff(chunk("fmt ", kPcm) + chunk("data", kThreeSamples) + chunk("LIST", "tail")));
  ASSERT_TRUE(audio);
  EXPECT_THAT(audio->samples, ElementsAre(1, -2, 300));
}

TEST(Wav, ReadsTheExtensibleFormat) {
  const std::string extension = le<std::uint16_t>(22) + le<std::uint16_t>(16) + le(4U) +
                                le<std::uint16_t>(1) +
                                std::string("\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71", 14);
  const auto audio =
      parse(riff(chunk("fmt ", format_body(0xfffe, 1, 8000, 16) + extension) + chunk("data", kThreeSamples)));
  ASSERT_TRUE(audio) << audio.error().message;
  EXPECT_THAT(audio->samples, ElementsAre(1, -2, 300));
}

TEST(Wav, DecodesTheEightBitCodings) {
  const std::string codes("\xff\x80\x00", 3);
  const auto samples = [&](std::uint16_t coding) {
    return parse(riff(chunk("fmt ", format_body(coding, 1, 8000, 8)) + chunk("data", codes)))->samples;
  };
  EXPECT_THAT(samples(7), ElementsAre(0, 32124, -32124));
  EXPECT_THAT(samples(6), ElementsAre(848, 5504, -5504));
  EXPECT_THAT(samples(1), ElementsAre(32512, 0, -32768));
}

TEST(Wav, UsesWhatIsThereAfterACrashedWriter) {
  for (const std::uint32_t size : {0U, 0xffffffffU, 5000U}) {
    const auto audio = parse(riff(chunk("fmt ", kPcm) + "data" + le(size) + kThreeSamples));
    ASSERT_TRUE(audio) << size;
    EXPECT_THAT(audio->samples, ElementsAre(1, -2, 300)) << size;
  }
}

TEST(Wav, DropsHalfASampleAtTheEnd) {
  const auto audio = parse(riff(chunk("fmt ", kPcm) + "data" + le(0xffffffffU) + kThreeSamples + "x"));
  ASSERT_TRUE(audio);
  EXPECT_THAT(audio->samples, ElementsAre(1, -2, 300));
}

TEST(Wav, AnEmptyRecordingIsValid) {
  const auto audio = parse(wav_header(8000, 2, 0));
  ASSERT_TRUE(audio);
  EXPECT_THAT(audio->samples, IsEmpty());
}

TEST(Wav, RefusesWhatItCannotPlayAndSaysWhy) {
  EXPECT_THAT(parse("ID3 something else").error().message, HasSubstr("not a WAV file"));
  EXPECT_THAT(parse(riff(chunk("fmt ", kPcm))).error().message, HasSubstr("no data chunk"));
  EXPECT_THAT(parse(riff(chunk("data", kThreeSamples))).error().message, HasSubstr("no format chunk"));
  EXPECT_THAT(parse(riff(chunk("fmt ", "short"))).error().message, HasSubstr("too short"));
  EXPECT_THAT(parse(riff(chunk("fmt ", format_body(1, 1, 8000, 24)))).error().message, HasSubstr("24 bits"));
  EXPECT_THAT(parse(riff(chunk("fmt ", format_body(1, 0, 8000, 16)))).error().message,
              HasSubstr("0 channels"));
  EXPECT_THAT(parse(riff(chunk("fmt ", format_body(1, 1, 0, 16)))).error().message, HasSubstr("0 Hz"));
}

TEST(Wav, EveryTruncationIsReadOrRefusedWithoutHarm) {
  const std::string file = riff(chunk("LIST", "odd") + chunk("fmt ", kPcm) + chunk("data", kThreeSamples));
  for (std::size_t length = 0; length < file.size(); ++length) {
    const auto audio = parse(file.substr(0, length));
    if (audio) EXPECT_LE(audio->samples.size(), 3U);
  }
}

TEST(Wav, AMissingFileIsNotFound) {
  EXPECT_EQ(read_wav("/nonexistent/prompt.wav").error().code, Errc::not_found);
}

}  // namespace
}  // namespace parley::audio
