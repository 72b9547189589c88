#include "media/browser_codec.hpp"

#include <cstring>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/tests/allocation_count.hpp"
#include "media/tests/codec_test_support.hpp"

namespace parley::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string bytes_of(std::span<const std::int16_t> samples) {
  return {reinterpret_cast<const char*>(samples.data()), samples.size_bytes()};
}

struct BrowserCodecTest : ::testing::Test {
  std::unique_ptr<MediaCodec> codec = make_browser_codec();
  std::string out;

  boost::json::object json() { return boost::json::parse(out).as_object(); }
};

TEST_F(BrowserCodecTest, ReadsTheWholeConversation) {
  const auto start = parse_as<StreamStart>(*codec, R"({"type":"start","sampleRate":16000})");
  EXPECT_EQ(start.sample_rate_hz, 16000);
  EXPECT_EQ(codec->sample_rate_hz(), 16000);
  EXPECT_EQ(parse_as<MarkPlayed>(*codec, R"({"type":"mark","name":"g1:s2"})").name, "g1:s2");
  EXPECT_EQ(parse_as<DtmfReceived>(*codec, R"({"type":"key","digit":"#"})").digit, '#');
  parse_as<StreamStopped>(*codec, R"({"type":"stop"})");
  EXPECT_EQ(parse_as<UnknownEvent>(*codec, R"({"type":"wave"})").name, "wave");
}

TEST_F(BrowserCodecTest, MembersComeInAnyOrderAndOthersAreLetPass) {
  const auto start =
      parse_as<StreamStart>(*codec, R"({"sampleRate":48000,"device":{"a":[1]},"type":"start"})");
  EXPECT_EQ(start.sample_rate_hz, 48000);
}

TEST_F(BrowserCodecTest, TwentyMillisecondsAtEveryRateAndNoOtherRate) {
  for (const int rate : {8000, 16000, 24000, 48000}) {
    codec = make_browser_codec();
    parse_as<StreamStart>(*codec, R"({"type":"start","sampleRate":)" + std::to_string(rate) + "}");
    EXPECT_EQ(codec->piece_granularity(), static_cast<std::size_t>(rate) / 50);
  }
  for (const char* rate :
       {"0", "-8000", "44100", "96000", "9223372036854775807", "4294983296", "-4294951296"}) {
    const auto error = parse_error(*codec, std::string(R"({"type":"start","sampleRate":)") + rate + "}");
    EXPECT_EQ(error.code, Errc::invalid_argument) << rate;
    EXPECT_THAT(error.message, HasSubstr("48000"));
  }
  EXPECT_EQ(parse_error(*codec, R"({"type":"start"})").code, Errc::invalid_argument);
}

TEST_F(BrowserCodecTest, SoundIsTheFrameItselfBothWays) {
  ASSERT_TRUE(codec->is_binary());
  parse_as<StreamStart>(*codec, R"({"type":"start","sampleRate":16000})");
  const std::vector<std::int16_t> samples{1, -2, 32767, -32768, 0};
  const auto event = codec->parse_binary(bytes_of(samples));
  ASSERT_TRUE(event);
  const auto& heard = std::get<MediaReceived>(*event);
  EXPECT_THAT(heard.samples, ElementsAre(1, -2, 32767, -32768, 0));
  EXPECT_EQ(heard.timestamp_ms, -1);
  codec->encode_media(12345, samples, out);
  EXPECT_EQ(out, bytes_of(samples));
  EXPECT_EQ(std::get<MediaReceived>(*codec->parse_binary("")).samples.size(), 0U);
}

TEST_F(BrowserCodecTest, AFrameMayBeginAtAnyAddress) {
  const std::string bytes("\0\1\0\2\0", 5);
  const auto event = codec->parse_binary(std::string_view(bytes).substr(1));
  EXPECT_THAT(std::get<MediaReceived>(*event).samples, ElementsAre(1, 2));
}

TEST_F(BrowserCodecTest, HalfASampleOrMoreThanTheLimitIsAnError) {
  EXPECT_EQ(codec->parse_binary("abc").error().code, Errc::protocol);
  const std::string most(kMostBrowserFrame, '\0');
  EXPECT_TRUE(codec->parse_binary(most));
  EXPECT_EQ(codec->parse_binary(most + "xx").error().code, Errc::protocol);
}

TEST_F(BrowserCodecTest, WhatIsNoMessageIsAnErrorThatDoesNotQuoteIt) {
  for (const char* text :
       {"", "hello", "[]", "7", "{}", R"({"type":7})", R"({"type":"mark"})", R"({"type":"mark","name":7})",
        R"({"type":"key"})", R"({"type":"key","digit":"12"})", R"({"type":"key","digit":"x"})",
        R"({"type":"key","digit":5})", R"({"type":"stop"} and more)", R"({"type":"stop")",
        R"({"type":"start","sampleRate":"16000"})", R"({"type":"start","sampleRate":16000.5})"}) {
    const auto error = parse_error(*codec, text);
    EXPECT_EQ(error.code, Errc::protocol) << text;
    EXPECT_FALSE(error.message.empty());
  }
  const auto error = parse_error(*codec, R"({"type":"mark","name":")" + std::string(500, 'q') + "\"}");
  EXPECT_THAT(error.message, Not(HasSubstr("qqq")));
}

TEST_F(BrowserCodecTest, WritesWhatTheProtocolSays) {
  codec->encode_mark(R"(a"b)", out);
  EXPECT_EQ(out, R"({"type":"mark","name":"a\"b"})");
  codec->encode_clear(out);
  EXPECT_EQ(out, R"({"type":"clear"})");
  encode_browser_started({"s\"1", "C1", "front-desk", 16000}, out);
  EXPECT_EQ(json(), (boost::json::object{{"type", "started"},
                                         {"sessionId", "s\"1"},
                                         {"callId", "C1"},
                                         {"agent", "front-desk"},
                                         {"sampleRate", 16000}}));
  encode_browser_ended("agent hung up", out);
  EXPECT_EQ(out, R"({"type":"ended","reason":"agent hung up"})");
}

TEST_F(BrowserCodecTest, SoundCostsNoAllocation) {
  parse_as<StreamStart>(*codec, R"({"type":"start","sampleRate":16000})");
  const std::vector<std::int16_t> samples(320, 7);
  const std::string frame = bytes_of(samples);
  const auto both = [&] {
    const auto event = codec->parse_binary(frame);
    codec->encode_media(0, std::get<MediaReceived>(*event).samples, out);
  };
  both();
  if (!counts_allocations()) GTEST_SKIP() << "the thread sanitizer has its own operator new";
  const std::size_t before = allocations();
  for (int i = 0; i < 100; ++i)
    both();
  EXPECT_EQ(allocations(), before);
}

}  // namespace
}  // namespace parley::media
