#include "media/exotel_codec.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/tests/codec_test_support.hpp"

namespace parley::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

struct ExotelCodecTest : ::testing::Test {
  std::unique_ptr<MediaCodec> codec = make_exotel_codec({});
  std::string out;

  void start(std::string_view rate = "\"8000\"", std::string_view encoding = "base64") {
    parse_as<StreamStart>(
        *codec, std::string(R"({"event":"start","stream_sid":"s1","start":{"call_sid":"c1",)") +
                    R"("media_format":{"encoding":")" + std::string(encoding) + R"(","sample_rate":)" +
                    std::string(rate) + "}}}");
  }
  std::vector<std::int16_t> media(std::string_view payload) {
    const auto event = parse_as<MediaReceived>(
        *codec, std::string(R"({"event":"media","media":{"payload":")") + std::string(payload) + "\"}}");
    return {event.samples.begin(), event.samples.end()};
  }
  boost::json::object json() { return boost::json::parse(out).as_object(); }
};

TEST_F(ExotelCodecTest, ReadsTheLiveStart) {
  const auto start =
      parse_as<StreamStart>(*codec, R"({"event":"start","sequence_number":"1","stream_sid":"3357ab18bl",
      "start":{"stream_sid":"3357ab18bl","call_sid":"9c0b18bl","account_sid":"acme1","from":"09876543210",
      "to":"04412345678","custom_parameters":{"k1":"v1","n":7},
      "media_format":{"encoding":"base64","sample_rate":"16000","bit_rate":"128kbps"}}})");
  EXPECT_EQ(start.stream_id, "3357ab18bl");
  EXPECT_EQ(start.call_id, "9c0b18bl");
  EXPECT_EQ(start.account_id, "acme1");
  EXPECT_EQ(start.from, "09876543210");
  EXPECT_EQ(start.to, "04412345678");
  EXPECT_EQ(start.encoding, "base64");
  EXPECT_EQ(start.sample_rate_hz, 16000);
  EXPECT_EQ(codec->sample_rate_hz(), 16000);
  EXPECT_THAT(start.custom_parameters, ElementsAre(Pair("k1", "v1"), Pair("n", "7")));
}

TEST_F(ExotelCodecTest, ReadsTheCamelCaseStart) {
  const auto start = parse_as<StreamStart>(*codec, R"({"event":"start","sequenceNumber":1,"streamSid":"S",
      "start":{"streamSid":"S","callSid":"C","accountSid":"A","customParameters":{"voice/uuid":""},
      "mediaFormat":{"encoding":"audio/x-l16","sampleRate":24000}}})");
  EXPECT_EQ(start.stream_id, "S");
  EXPECT_EQ(start.call_id, "C");
  EXPECT_EQ(start.account_id, "A");
  EXPECT_EQ(start.sample_rate_hz, 24000);
  EXPECT_THAT(start.custom_parameters, ElementsAre(Pair("voice/uuid", "")));
}

TEST_F(ExotelCodecTest, ReadsAStartWithNextToNothing) {
  const auto start = parse_as<StreamStart>(*codec, R"({"start":{},"event":"start","stream_sid":"top"})");
  EXPECT_EQ(start.stream_id, "top");
  EXPECT_EQ(start.sample_rate_hz, 8000) << "the fallback";
  EXPECT_THAT(start.custom_parameters, IsEmpty());
}

TEST_F(ExotelCodecTest, ReadsAFlatStart) {
  const auto start =
      parse_as<StreamStart>(*codec, R"({"event":"start","stream_sid":"S","call_sid":"C","account_sid":"A",)"
                                    R"("media_format":{"encoding":"base64","sample_rate":16000}})");
  EXPECT_EQ(start.stream_id, "S");
  EXPECT_EQ(start.call_id, "C");
  EXPECT_EQ(start.sample_rate_hz, 16000);
}

TEST_F(ExotelCodecTest, KeepsACustomFieldOnTheOuterObject) {
  const auto start = parse_as<StreamStart>(
      *codec, R"({"event":"start","start":{"call_sid":"c"},"customField":"{\"lead_id\": 123}"})");
  EXPECT_THAT(start.custom_parameters, ElementsAre(Pair("customField", "{\"lead_id\": 123}")));
}

TEST_F(ExotelCodecTest, RefusesARateItCannotServe) {
  const Error error =
      parse_error(*codec, R"({"event":"start","start":{"media_format":{"sample_rate":"44100"}}})");
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_THAT(error.message, HasSubstr("44100"));
  EXPECT_THAT(error.message, HasSubstr("8000, 16000 or 24000"));
}

TEST(SampleRate, IsReadInEveryFormSeen) {
  EXPECT_EQ(parse_sample_rate("8000"), 8000);
  EXPECT_EQ(parse_sample_rate("16kHz"), 16000);
  EXPECT_EQ(parse_sample_rate("24 khz"), 24000);
  EXPECT_EQ(parse_sample_rate("8.0k"), 8000);
  EXPECT_EQ(parse_sample_rate("16000.0"), 16000);
  EXPECT_EQ(parse_sample_rate(" 8000 Hz"), 8000);
  EXPECT_EQ(parse_sample_rate(""), 0);
  EXPECT_EQ(parse_sample_rate("fast"), 0);
  EXPECT_EQ(parse_sample_rate("99999999999999999999"), 0);
}

TEST_F(ExotelCodecTest, DecodesMediaOfAnySize) {
  start();
  EXPECT_THAT(media("AQACAP//"), ElementsAre(1, 2, -1));
  EXPECT_THAT(media(""), IsEmpty());
}

TEST_F(ExotelCodecTest, CarriesAnOddByteIntoTheNextPayload) {
  start();
  EXPECT_THAT(media("AQAC"), ElementsAre(1));     // 01 00 02
  EXPECT_THAT(media("AAMA"), ElementsAre(2, 3));  // 00 | 03 00
}

TEST_F(ExotelCodecTest, ReadsNumbersAsStringsAndAsNumbersInAnyKeyOrder) {
  start();
  EXPECT_EQ(
      parse_as<MediaReceived>(
          *codec,
          R"({"media":{"timestamp":"200","payload":"AQA=","chunk":"2"},"sequence_number":3,"event":"media"})")
          .timestamp_ms,
      200);
  EXPECT_EQ(
      parse_as<MediaReceived>(
          *codec,
          R"({"event":"media","sequenceNumber":"3","media":{"chunk":2,"timestamp":340 ,"payload":"AQA="}})")
          .timestamp_ms,
      340);
}

TEST_F(ExotelCodecTest, ExpandsMulawWhenItIsAnnounced) {
  start("8000", "audio/x-mulaw;rate=8000");
  EXPECT_THAT(media("/38A"), ElementsAre(0, 0, -32124));  // ff 7f 00: both zeros and the loudest code
  EXPECT_EQ(codec->piece_granularity(), 320U);
  codec->encode_media(0, std::vector<std::int16_t>{0, 0, -32124}, out);
  EXPECT_EQ(json()["media"].as_object()["payload"].as_string(), "//8A");
}

TEST_F(ExotelCodecTest, ReadsDtmfNestedFlatAndNumeric) {
  EXPECT_EQ(parse_as<DtmfReceived>(
                *codec, R"({"event":"dtmf","dtmf":{"duration":"200","digit":"5","finished":true}})")
                .digit,
            '5');
  EXPECT_EQ(parse_as<DtmfReceived>(*codec, R"({"event":"dtmf","digit":"#"})").digit, '#');
  EXPECT_EQ(parse_as<DtmfReceived>(*codec, R"({"event":"dtmf","dtmf":{"digit":0}})").digit, '0');
  EXPECT_EQ(parse_error(*codec, R"({"event":"dtmf","dtmf":{"digit":"55"}})").code, Errc::protocol);
  EXPECT_EQ(parse_error(*codec, R"({"event":"dtmf"})").code, Errc::protocol);
}

TEST_F(ExotelCodecTest, ReadsTheOtherEvents) {
  parse_as<StreamConnected>(*codec, R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  EXPECT_EQ(parse_as<MarkPlayed>(*codec, R"({"event":"mark","stream_sid":"s","mark":{"name":"g1-2"}})").name,
            "g1-2");
  EXPECT_EQ(parse_as<StreamStopped>(*codec, R"({"event":"stop","stop":{"reason":"callended"}})").reason,
            "callended");
  EXPECT_EQ(parse_as<StreamStopped>(*codec, R"({"event":"stop"})").reason, "");
  parse_as<StreamStopped>(*codec, R"({"event":"closed"})");
  parse_as<ClearReceived>(*codec, R"({"event":"clear","stream_sid":"s"})");
  EXPECT_EQ(parse_as<UnknownEvent>(*codec, R"({"event":"surprise","a":[1,{"b":[]}]})").name, "surprise");
}

TEST_F(ExotelCodecTest, SaysWhatIsWrongWithAMessageAndGoesOn) {
  const std::pair<std::string, std::string_view> bad[] = {
      {"", "not JSON"},
      {"hello", "not a JSON object"},
      {"[1,2]", "not a JSON object"},
      {"42", "not a JSON object"},
      {R"({"event":"media")", ""},
      {R"({"event":"media","media":{"payload":"AQA="}} trailing)", ""},
      {R"({"no":"event"})", "has no event"},
      {R"({"event":7})", "event is not a string"},
      {R"({"event":"media"})", "no payload"},
      {R"({"event":"media","media":"AQA="})", "no payload"},
      {R"({"event":"media","media":{"payload":7}})", "no payload"},
      {R"({"event":"media","media":{"payload":"***"}})", "not base64"},
      {R"({"event":"mark","mark":{}})", "no name"},
      {R"({"event":"start"})", "no start object"},
      {R"({"event":"start","start":[]})", "no start object"},
      {"{\"event\":\"media\",\"x\":\"\xff\xfe\"}", ""},
  };
  for (const auto& [text, hint] : bad) {
    const Error error = parse_error(*codec, text);
    EXPECT_EQ(error.code, Errc::protocol) << text;
    EXPECT_THAT(error.message, HasSubstr(std::string(hint))) << text;
  }
  start();
  EXPECT_THAT(media("AQA="), ElementsAre(1));
}

TEST_F(ExotelCodecTest, WritesStringsForNumbersAndTheRealStreamId) {
  start();
  codec->encode_media(1600, std::vector<std::int16_t>{1, 2}, out);
  EXPECT_EQ(
      out,
      R"({"event":"media","sequence_number":"1","stream_sid":"s1","media":{"chunk":"1","timestamp":"200",)"
      R"("payload":"AQACAA=="}})");
  codec->encode_mark("g1-2", out);
  EXPECT_EQ(out, R"({"event":"mark","sequence_number":"2","stream_sid":"s1","mark":{"name":"g1-2"}})");
  codec->encode_clear(out);
  EXPECT_EQ(out, R"({"event":"clear","sequence_number":"3","stream_sid":"s1"})");
}

TEST_F(ExotelCodecTest, LeavesSequenceNumbersOutWhenToldTo) {
  codec = make_exotel_codec({.fallback_sample_rate_hz = 8000, .sequence_numbers = false});
  start();
  codec->encode_media(0, std::vector<std::int16_t>{1}, out);
  EXPECT_EQ(out, R"({"event":"media","stream_sid":"s1","media":{"payload":"AQA="}})");
}

TEST_F(ExotelCodecTest, EscapesAStreamIdThatIsNotPlain) {
  parse_as<StreamStart>(*codec, R"({"event":"start","stream_sid":"a\"b\\c\u0001","start":{}})");
  codec->encode_clear(out);
  EXPECT_EQ(json()["stream_sid"].as_string(), "a\"b\\c\x01");
}

TEST_F(ExotelCodecTest, ReadsBackWhatItWrites) {
  start("16kHz");
  std::vector<std::int16_t> samples(320);
  for (std::size_t i = 0; i < samples.size(); ++i)
    samples[i] = static_cast<std::int16_t>(i * 199 - 30000);
  codec->encode_media(320, samples, out);
  const auto event = parse_as<MediaReceived>(*codec, out);
  EXPECT_EQ(std::vector(event.samples.begin(), event.samples.end()), samples);
  EXPECT_EQ(event.timestamp_ms, 20);
}

}  // namespace
}  // namespace parley::media
