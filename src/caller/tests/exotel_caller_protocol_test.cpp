#include "caller/exotel_caller_protocol.hpp"

#include "caller/base64.hpp"
#include "caller/tests/support.hpp"

namespace parley::caller {
namespace {

StreamIdentity identity() {
  return {"s1", "c1", "acme1", "0987", "0440", {}, 8000};
}

TEST(CallerEncoder, SpeaksTheLiveShapeByDefault) {
  CallerEncoder encoder({}, identity());
  EXPECT_EQ(encoder.connected(), R"({"event":"connected"})");
  EXPECT_EQ(
      encoder.start(),
      R"({"event":"start","sequence_number":"1","stream_sid":"s1","start":{"stream_sid":"s1","call_sid":"c1",)"
      R"("account_sid":"acme1","from":"0987","to":"0440","media_format":{"encoding":"base64",)"
      R"("sample_rate":"8000","bit_rate":"128kbps"}}})");
  EXPECT_EQ(
      encoder.media(std::vector<std::int16_t>{1, -1}),
      R"({"event":"media","sequence_number":"2","stream_sid":"s1","media":{"chunk":"1","timestamp":"0",)"
      R"("payload":"AQD//w=="}})");
  EXPECT_EQ(
      encoder.dtmf('5', std::chrono::milliseconds(200)),
      R"({"event":"dtmf","sequence_number":"3","stream_sid":"s1","dtmf":{"duration":"200","digit":"5"}})");
  EXPECT_EQ(encoder.mark("m\"1"),
            R"({"event":"mark","sequence_number":"4","stream_sid":"s1","mark":{"name":"m\"1"}})");
  EXPECT_EQ(encoder.stop("callended"),
            R"({"event":"stop","sequence_number":"5","stream_sid":"s1","stop":{"call_sid":"c1",)"
            R"("account_sid":"acme1","reason":"callended"}})");
}

TEST(CallerEncoder, SpeaksEveryVariant) {
  StreamIdentity id = identity();
  id.sample_rate_hz = 16000;
  id.custom_parameters = {{"k1", "v1"}, {"token", ""}};
  CallerEncoder encoder({KeyStyle::camel, NumberStyle::integer, true, true, true}, id);
  EXPECT_EQ(encoder.connected(), R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  EXPECT_EQ(
      encoder.start(),
      R"({"event":"start","sequenceNumber":1,"streamSid":"s1","start":{"streamSid":"s1","callSid":"c1",)"
      R"("accountSid":"acme1","from":"0987","to":"0440","customParameters":{"k1":"v1","token":""},)"
      R"("mediaFormat":{"encoding":"base64","sampleRate":"16kHz","bitRate":"128kbps"}}})");
  EXPECT_EQ(encoder.dtmf('#', std::chrono::milliseconds(200)),
            R"({"event":"dtmf","streamSid":"s1","digit":"#"})");
  EXPECT_EQ(
      encoder.media({}),
      R"({"event":"media","sequenceNumber":3,"streamSid":"s1","media":{"chunk":1,"timestamp":0,"payload":""}})");
}

TEST(CallerEncoder, CountsChunksAndMillisecondsOfThePiecesSent) {
  CallerEncoder encoder({}, identity());
  encoder.start();
  encoder.silence(800);
  const std::string second(encoder.silence(800));
  EXPECT_NE(second.find(R"("sequence_number":"3")"), std::string::npos);
  EXPECT_NE(second.find(R"("chunk":"2","timestamp":"200")"), std::string::npos);
}

TEST(CallerEncoder, SilenceIsTheSameAsZeros) {
  CallerEncoder silent({}, identity());
  CallerEncoder zeros({}, identity());
  for (const std::size_t samples : {160U, 161U, 1600U}) {
    EXPECT_EQ(silent.silence(samples), zeros.media(std::vector<std::int16_t>(samples)));
  }
}

TEST(CallerParser, ReadsMediaInEitherSpellingAndNumbersOfEitherKind) {
  CallerParser parser;
  for (
      const std::string_view text :
      {R"({"event":"media","stream_sid":"s1","sequence_number":"7","media":{"chunk":"3","timestamp":"60","payload":"AQD\/\/w=="}})",
       R"({"media":{"payload":"AQD//w==","timestamp":60,"chunk":3,"sequenceNumber":7},"streamSid":"s1","event":"media"})"}) {
    const Padded padded(text);
    const auto message = parser.parse(padded.view());
    ASSERT_TRUE(message) << message.error().message;
    EXPECT_EQ(message->event, ServerEvent::media);
    EXPECT_EQ(message->stream_sid, "s1");
    EXPECT_EQ(message->sequence, 7);
    EXPECT_EQ(message->chunk, 3);
    EXPECT_EQ(message->timestamp_ms, 60);
    EXPECT_TRUE(message->base64_valid);
    EXPECT_EQ(message->payload_bytes, 4U);
    ASSERT_EQ(message->samples.size(), 2U);
    EXPECT_EQ(message->samples[0], 1);
    EXPECT_EQ(message->samples[1], -1);
  }
}

TEST(CallerParser, ReadsMarkAndClearAndNamesWhatItDoesNotKnow) {
  CallerParser parser;
  const Padded mark(R"({"event":"mark","mark":{"name":"m-1"}})");
  EXPECT_EQ(parser.parse(mark.view())->mark_name, "m-1");
  EXPECT_FALSE(parser.parse(mark.view())->stream_sid);
  const Padded clear(R"({"event":"clear","stream_sid":"s1","extra":[1,{"a":2}]})");
  EXPECT_EQ(parser.parse(clear.view())->event, ServerEvent::clear);
  const Padded hangup(R"({"event":"hangup"})");
  EXPECT_EQ(parser.parse(hangup.view())->event, ServerEvent::unknown);
  EXPECT_EQ(parser.parse(hangup.view())->event_name, "hangup");
}

TEST(CallerParser, RefusesWhatIsNotOneObjectWithAnEvent) {
  CallerParser parser;
  for (const std::string_view text :
       {"", "x", "[]", "12", R"({"event":"media")", R"({"a":1})", R"({"event":1})", R"({"event":"clear"} {})",
        R"({"event":"media","media":{"payload":)"}) {
    const Padded padded(text);
    const auto message = parser.parse(padded.view());
    ASSERT_FALSE(message) << text;
    EXPECT_EQ(message.error().code, Errc::protocol);
  }
}

TEST(CallerParser, TellsInvalidBase64AndOddBytes) {
  CallerParser parser;
  const Padded invalid(R"({"event":"media","media":{"payload":"AQ!="}})");
  EXPECT_FALSE(parser.parse(invalid.view())->base64_valid);
  const Padded odd(R"({"event":"media","media":{"payload":"AQID"}})");
  EXPECT_TRUE(parser.parse(odd.view())->base64_valid);
  EXPECT_EQ(parser.parse(odd.view())->payload_bytes, 3U);
  EXPECT_EQ(parser.parse(odd.view())->samples.size(), 1U);
}

TEST(Base64, RoundTripsEveryLength) {
  std::vector<std::byte> bytes;
  for (int length = 0; length < 70; ++length) {
    std::string text;
    append_base64(bytes, text);
    std::vector<std::byte> decoded;
    const Base64Outcome outcome = decode_base64(text, decoded);
    EXPECT_TRUE(outcome.valid) << text;
    EXPECT_EQ(decoded, bytes);
    bytes.push_back(static_cast<std::byte>(length * 37));
  }
}

TEST(Base64, SaysWhatIsNoBase64) {
  std::vector<std::byte> decoded;
  for (const std::string_view text : {"A", "AB", "ABC", "====", "AB=C", "A===", "AB C"}) {
    EXPECT_FALSE(decode_base64(text, decoded).valid) << text;
  }
}

}  // namespace
}  // namespace parley::caller
