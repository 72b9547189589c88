// Messages as Twilio's documentation has them
// (https://www.twilio.com/docs/voice/media-streams/websocket-messages), with sound in place of its dots.
#include "media/twilio_codec.hpp"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/tests/allocation_count.hpp"
#include "media/tests/codec_test_support.hpp"

namespace parley::media {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

constexpr const char* kStart = R"({
  "event": "start",
  "sequenceNumber": "1",
  "start": {
    "accountSid": "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "callSid": "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "tracks": [ "inbound" ],
    "mediaFormat": {
      "encoding": "audio/x-mulaw",
      "sampleRate": 8000,
      "channels": 1
    },
    "customParameters": {
     "FirstName": "Jane",
     "LastName": "Doe",
     "RemoteParty": "Bob"
   }
  },
  "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
})";

struct TwilioCodecTest : ::testing::Test {
  std::unique_ptr<MediaCodec> codec = make_twilio_codec();
  std::string out;

  void start() { parse_as<StreamStart>(*codec, kStart); }
  boost::json::object json() { return boost::json::parse(out).as_object(); }
};

TEST_F(TwilioCodecTest, ReadsTheDocumentedConversation) {
  parse_as<StreamConnected>(*codec, R"({ "event": "connected", "protocol": "Call", "version": "1.0.0" })");
  const auto start = parse_as<StreamStart>(*codec, kStart);
  EXPECT_EQ(start.stream_id, "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
  EXPECT_EQ(start.call_id, "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
  EXPECT_EQ(start.account_id, "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX");
  EXPECT_EQ(start.encoding, "audio/x-mulaw");
  EXPECT_EQ(start.sample_rate_hz, 8000);
  EXPECT_THAT(start.custom_parameters,
              ElementsAre(Pair("FirstName", "Jane"), Pair("LastName", "Doe"), Pair("RemoteParty", "Bob")));

  const auto media = parse_as<MediaReceived>(*codec, R"({
    "event": "media",
    "sequenceNumber": "3",
    "media": { "track": "inbound", "chunk": "1", "timestamp": "5", "payload": "/38A" },
    "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
  })");
  EXPECT_THAT(media.samples, ElementsAre(0, 0, -32124));
  EXPECT_EQ(media.timestamp_ms, 5);

  EXPECT_EQ(parse_as<DtmfReceived>(*codec, R"({
    "event": "dtmf",
    "streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "sequenceNumber":"5",
    "dtmf": { "track":"inbound_track", "digit": "1" }
  })")
                .digit,
            '1');
  EXPECT_EQ(parse_as<MarkPlayed>(*codec, R"({
    "event": "mark",
    "sequenceNumber": "4",
    "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "mark": { "name": "my label" }
  })")
                .name,
            "my label");
  parse_as<StreamStopped>(*codec, R"({
    "event": "stop",
    "sequenceNumber": "5",
    "stop": {
      "accountSid": "ACXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
      "callSid": "CAXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
    },
    "streamSid": "MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"
  })");
}

TEST_F(TwilioCodecTest, WritesTheDocumentedMessages) {
  start();
  codec->encode_media(1600, std::vector<std::int16_t>{0, 0, -32124}, out);
  EXPECT_EQ(
      out,
      R"({"event":"media","streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX","media":{"payload":"//8A"}})");
  codec->encode_mark("my label", out);
  EXPECT_EQ(
      out, R"({"event":"mark","streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX","mark":{"name":"my label"}})");
  codec->encode_clear(out);
  EXPECT_EQ(out, R"({"event":"clear","streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"})");
  EXPECT_EQ(codec->piece_granularity(), 160U);
  EXPECT_EQ(codec->sample_rate_hz(), 8000);
}

TEST_F(TwilioCodecTest, ReadsNumbersAsNumbersAndIgnoresWhatItDoesNotKnow) {
  // Cloudonix says "session" beside, and its domain in place of an account.
  const auto start = parse_as<StreamStart>(*codec, R"({"event":"start","sequenceNumber":1,"streamSid":"S",
      "start":{"streamSid":"S","callSid":"C","accountSid":"acme.cloudonix.net","session":{"token":"t"},
      "tracks":["inbound","outbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":"8000"},
      "customParameters":{"n":7}},"version":2})");
  EXPECT_EQ(start.account_id, "acme.cloudonix.net");
  EXPECT_THAT(start.custom_parameters, ElementsAre(Pair("n", "7")));
  const auto media = parse_as<MediaReceived>(
      *codec, R"({"media":{"payload":"//8=","timestamp":340,"chunk":2,"track":"inbound","extra":{}},)"
              R"("sequenceNumber":3,"event":"media","extra":[1]})");
  EXPECT_THAT(media.samples, ElementsAre(0, 0));
  EXPECT_EQ(media.timestamp_ms, 340);
  EXPECT_EQ(parse_as<DtmfReceived>(*codec, R"({"event":"dtmf","dtmf":{"digit":5}})").digit, '5');
  EXPECT_EQ(parse_as<UnknownEvent>(*codec, R"({"event":"surprise"})").name, "surprise");
}

TEST_F(TwilioCodecTest, ReadsAStartThatSaysNextToNothing) {
  const auto start = parse_as<StreamStart>(*codec, R"({"event":"start","streamSid":"top","start":{}})");
  EXPECT_EQ(start.stream_id, "top");
  EXPECT_EQ(start.sample_rate_hz, 8000);
}

TEST_F(TwilioCodecTest, HearsOnlyWhatTheCallerSays) {
  start();
  EXPECT_THAT(
      parse_as<MediaReceived>(
          *codec,
          R"({"event":"media","media":{"track":"outbound","chunk":"1","timestamp":"5","payload":"/38A"}})")
          .samples,
      IsEmpty());
  parse_as<UnknownEvent>(*codec, R"({"event":"dtmf","dtmf":{"digit":"1","track":"outbound_track"}})");
}

TEST_F(TwilioCodecTest, TakesPiecesOfAnySize) {
  start();
  for (const std::size_t size : {0UL, 1UL, 159UL, 160UL, 8000UL}) {
    codec->encode_media(0, std::vector<std::int16_t>(size, 0), out);
    const auto back = parse_as<MediaReceived>(*codec, out);
    EXPECT_EQ(back.samples.size(), size);
    EXPECT_THAT(back.samples, Each(0));
  }
}

TEST_F(TwilioCodecTest, RefusesWhatItCannotServe) {
  const Error rate = parse_error(*codec, R"({"event":"start","start":{"mediaFormat":{"sampleRate":16000}}})");
  EXPECT_EQ(rate.code, Errc::invalid_argument);
  EXPECT_THAT(rate.message, HasSubstr("16000"));
  const Error encoding =
      parse_error(*codec, R"({"event":"start","start":{"mediaFormat":{"encoding":"audio/x-l16"}}})");
  EXPECT_EQ(encoding.code, Errc::invalid_argument);
  EXPECT_THAT(encoding.message, HasSubstr("audio/x-mulaw"));
}

TEST_F(TwilioCodecTest, SaysWhatIsWrongWithAMessageAndGoesOn) {
  const std::pair<std::string, std::string_view> bad[] = {
      {"", "not JSON"},
      {"[1,2]", "not a JSON object"},
      {R"({"no":"event"})", "has no event"},
      {R"({"event":"media"})", "no payload"},
      {R"({"event":"media","media":{"payload":"***"}})", "not base64"},
      {R"({"event":"mark","mark":{}})", "no name"},
      {R"({"event":"dtmf","dtmf":{"digit":"55"}})", "no digit"},
      {R"({"event":"start"})", "no start object"},
  };
  for (const auto& [text, hint] : bad) {
    const Error error = parse_error(*codec, text);
    EXPECT_EQ(error.code, Errc::protocol) << text;
    EXPECT_THAT(error.message, HasSubstr(std::string(hint))) << text;
  }
  start();
  EXPECT_THAT(parse_as<MediaReceived>(*codec, R"({"event":"media","media":{"payload":"/w=="}})").samples,
              ElementsAre(0));
}

TEST_F(TwilioCodecTest, EscapesNamesThatAreNotPlain) {
  parse_as<StreamStart>(*codec, R"({"event":"start","streamSid":"a\"b\\c\u0001","start":{}})");
  codec->encode_mark("say \"hi\"", out);
  EXPECT_EQ(json()["streamSid"].as_string(), "a\"b\\c\x01");
  EXPECT_EQ(json()["mark"].as_object()["name"].as_string(), "say \"hi\"");
}

TEST_F(TwilioCodecTest, AllocatesNothingForAPieceOnceItIsWarm) {
  start();
  const std::vector<std::int16_t> samples(160, 1000);
  codec->encode_media(0, samples, out);
  std::string padded =
      R"({"event":"media","sequenceNumber":"3","media":{"track":"inbound","chunk":"123456","timestamp":"123456789",)";
  padded += R"("payload":")" + std::string(json()["media"].as_object()["payload"].as_string()) + R"("},)";
  padded += R"("streamSid":"MZXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX"})";
  const std::size_t size = padded.size();
  padded.append(64, '\0');
  const auto piece = [&] {
    const auto event = codec->parse(std::string_view(padded.data(), size));
    codec->encode_media(0, std::get<MediaReceived>(*event).samples, out);
  };
  piece();
  if (!counts_allocations()) GTEST_SKIP() << "the thread sanitizer has its own operator new";
  const std::size_t before = allocations();
  EXPECT_GT(before, 0U) << "they are counted";
  for (int i = 0; i < 100; ++i)
    piece();
  EXPECT_EQ(allocations(), before);
}

}  // namespace
}  // namespace parley::media
