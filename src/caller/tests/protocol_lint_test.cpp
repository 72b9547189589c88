#include "caller/protocol_lint.hpp"

#include "caller/base64.hpp"
#include "caller/tests/support.hpp"

namespace parley::caller {
namespace {

using std::chrono::milliseconds;

struct ProtocolLintTest : ::testing::Test {
  ProtocolLint lint{{}, "s1", 8000};
  CallerParser parser;
  milliseconds now{0};

  void SetUp() override { lint.on_start_sent(now); }

  void receive(std::string_view text) {
    const Padded padded(text);
    const auto message = parser.parse(padded.view());
    ASSERT_TRUE(message) << text;
    lint.on_message(*message, now);
  }
  void media(std::size_t bytes, std::string_view more = "") {
    std::string payload;
    append_base64(std::vector<std::byte>(bytes), payload);
    receive(
        fmt::format(R"({{"event":"media","stream_sid":"s1","media":{{"payload":"{}"{}}}}})", payload, more));
  }
  std::vector<std::string> violations() const {
    std::vector<std::string> texts;
    for (const LintFinding& finding : lint.findings()) {
      if (finding.severity == Severity::violation) texts.push_back(finding.text);
    }
    return texts;
  }
  void expect_one(std::string_view part) {
    ASSERT_EQ(violations().size(), 1U) << part;
    EXPECT_NE(violations()[0].find(part), std::string::npos) << violations()[0];
  }
};

TEST_F(ProtocolLintTest, FindsNothingInAFaithfulServer) {
  media(3200, R"(,"chunk":"1")");
  now += milliseconds(200);
  media(3200, R"(,"chunk":"2")");
  receive(R"({"event":"mark","stream_sid":"s1","mark":{"name":"a"}})");
  receive(R"({"event":"clear","stream_sid":"s1"})");
  lint.on_closed(1000, milliseconds(0), now);
  EXPECT_TRUE(lint.findings().empty());
}

TEST_F(ProtocolLintTest, WantsMultiplesOf320Bytes) {
  media(3210);
  expect_one("3210 bytes, no multiple of 320");
}

TEST_F(ProtocolLintTest, WantsWholeSamples) {
  media(3201);
  expect_one("half a sample");
}

TEST_F(ProtocolLintTest, WantsNoPieceOverAHundredThousandBytes) {
  ProtocolLint patient({milliseconds(60'000)}, "s1", 8000);
  patient.on_start_sent(now);
  std::string payload;
  append_base64(std::vector<std::byte>(100'160), payload);
  const Padded padded(
      fmt::format(R"({{"event":"media","stream_sid":"s1","media":{{"payload":"{}"}}}})", payload));
  patient.on_message(*parser.parse(padded.view()), now);
  ASSERT_EQ(patient.violations(), 1);
  EXPECT_NE(patient.findings()[0].text.find("more than 100000"), std::string::npos);
}

TEST_F(ProtocolLintTest, AdvisesLargerPiecesOnceWithoutCallingItAViolation) {
  media(320);
  media(320);
  ASSERT_EQ(lint.findings().size(), 1U);
  EXPECT_EQ(lint.findings()[0].severity, Severity::advice);
  EXPECT_EQ(lint.findings()[0].times, 2);
  EXPECT_EQ(lint.violations(), 0);
}

TEST_F(ProtocolLintTest, WantsValidBase64) {
  receive(R"({"event":"media","stream_sid":"s1","media":{"payload":"????"}})");
  EXPECT_EQ(violations()[0], "media's payload is not valid base64");
}

TEST_F(ProtocolLintTest, LimitsTheLeadAndForgetsWhatClearDropped) {
  for (int i = 0; i < 25; ++i)
    media(3200);
  EXPECT_EQ(lint.violations(), 0) << "five seconds are allowed";
  receive(R"({"event":"clear","stream_sid":"s1"})");
  for (int i = 0; i < 25; ++i)
    media(3200);
  EXPECT_EQ(lint.violations(), 0);
  now += milliseconds(1000);
  for (int i = 0; i < 6; ++i)
    media(3200);
  expect_one("5.2 s ahead of real time");
}

TEST_F(ProtocolLintTest, WantsTheStreamsOwnId) {
  receive(R"({"event":"clear","streamSid":"other"})");
  receive(R"({"event":"clear"})");
  ASSERT_EQ(violations().size(), 2U);
  EXPECT_EQ(violations()[0], "clear has another stream's stream_sid");
  EXPECT_EQ(violations()[1], "clear has no stream_sid");
}

TEST_F(ProtocolLintTest, WantsNothingBeforeTheStart) {
  ProtocolLint early({}, "s1", 8000);
  const Padded padded(R"({"event":"clear","stream_sid":"s1"})");
  early.on_message(*parser.parse(padded.view()), now);
  ASSERT_EQ(early.violations(), 1);
  EXPECT_EQ(early.findings()[0].text, "clear was sent before the stream's start");
}

TEST_F(ProtocolLintTest, WantsMarksWithANameOfTheirOwn) {
  receive(R"({"event":"mark","stream_sid":"s1"})");
  receive(R"({"event":"mark","stream_sid":"s1","mark":{"name":"a"}})");
  receive(R"({"event":"mark","stream_sid":"s1","mark":{"name":"a"}})");
  ASSERT_EQ(violations().size(), 2U);
  EXPECT_EQ(violations()[0], "mark has no name");
  EXPECT_NE(violations()[1].find("mark \"a\" was sent before"), std::string::npos);
}

TEST_F(ProtocolLintTest, WantsRisingNumbers) {
  receive(R"({"event":"clear","stream_sid":"s1","sequence_number":"4"})");
  receive(R"({"event":"clear","stream_sid":"s1","sequence_number":4})");
  media(3200, R"(,"chunk":2)");
  media(3200, R"(,"chunk":1)");
  ASSERT_EQ(violations().size(), 2U);
  EXPECT_EQ(violations()[0], "sequence_number 4 follows 4: it must rise");
  EXPECT_EQ(violations()[1], "chunk 1 follows 2: it must rise");
}

TEST_F(ProtocolLintTest, KnowsNoOtherEventsAndNoBinaryMessages) {
  receive(R"({"event":"transfer","stream_sid":"s1"})");
  lint.on_binary(320, now);
  lint.on_malformed("not one well-formed JSON object", now);
  EXPECT_EQ(violations().size(), 3U);
}

TEST_F(ProtocolLintTest, WantsSilenceAndACloseFrameAfterTheStop) {
  lint.on_stop_sent(now);
  now += milliseconds(100);
  media(3200);
  EXPECT_EQ(lint.violations(), 0) << "it was under way";
  now += milliseconds(500);
  media(3200);
  expect_one("600 ms after the caller's stop");
  now += milliseconds(2500);
  lint.on_closed(1006, milliseconds(0), now);
  ASSERT_EQ(violations().size(), 3U);
  EXPECT_NE(violations()[1].find("still open 3100 ms"), std::string::npos);
  EXPECT_EQ(violations()[2], "the connection ended without a close frame");
}

TEST_F(ProtocolLintTest, NoticesAGoodbyeThatWasCutOff) {
  now += milliseconds(5000);
  lint.on_closed(1000, milliseconds(900), now);
  expect_one("900 ms of its own audio not yet played");
  EXPECT_EQ(lint.findings()[0].at, milliseconds(5000));
}

}  // namespace
}  // namespace parley::caller
