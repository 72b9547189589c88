#include "caller/report.hpp"

#include <boost/json.hpp>

#include "caller/dynamic_endpoint.hpp"
#include "caller/tests/support.hpp"
#include "caller/transcript_poller.hpp"

namespace parley::caller {
namespace {

CallReport good_call(int response_ms) {
  CallReport report;
  report.ended_by = EndedBy::caller;
  report.close_code = 1000;
  TurnFigures turn;
  turn.said = "hello \"you\"";
  turn.response = milliseconds(response_ms);
  report.turns.push_back(turn);
  return report;
}

TEST(Distribution, TakesTheNearestRank) {
  std::vector<milliseconds> values;
  for (int i = 100; i >= 1; --i)
    values.emplace_back(i);
  const Distribution result = distribution_of(values);
  EXPECT_EQ(result.p50, milliseconds(50));
  EXPECT_EQ(result.p90, milliseconds(90));
  EXPECT_EQ(result.p99, milliseconds(99));
  EXPECT_EQ(result.max, milliseconds(100));
  EXPECT_EQ(distribution_of({milliseconds(7)}).p50, milliseconds(7));
  EXPECT_EQ(distribution_of({}).max, milliseconds(0));
}

TEST(Summary, TellsRefusedFailedAndGoodCallsApart) {
  LoadOutcome outcome;
  outcome.calls = {good_call(100), good_call(300), CallReport{}, good_call(200)};
  outcome.calls[2].failure = "unavailable: away";
  outcome.calls[3].ended_by = EndedBy::connection;
  const Summary summary = summarise(outcome);
  EXPECT_EQ(summary.calls, 4U);
  EXPECT_EQ(summary.refused, 1U);
  EXPECT_EQ(summary.failed, 1U);
  EXPECT_EQ(summary.response.count, 3U);
  EXPECT_EQ(summary.response.p50, milliseconds(200));
}

TEST(ReportText, ShowsTheFiguresOfATurnAndNamesProtocolErrorsWhenStrict) {
  CallReport report = good_call(640);
  report.turns[0].interrupted = true;
  report.turns[0].time_to_silence = milliseconds(180);
  report.findings = {{milliseconds(1230), Severity::violation, "mark has no name", 3}};
  report.violations = 1;
  const std::string strict = text_of_call(report, true);
  EXPECT_NE(strict.find(
                "turn 1: answered after 640 ms as heard, - on the wire; interrupted: clear after -, silence "
                "after 180 ms as heard"),
            std::string::npos)
      << strict;
  EXPECT_NE(strict.find("protocol error at 1.23 s: mark has no name (3 times)"), std::string::npos) << strict;
  EXPECT_EQ(text_of_call(report, false).find("mark has no name"), std::string::npos);
}

TEST(ReportJson, IsWholeAndKeepsNullForWhatWasNotMeasured) {
  LoadOutcome outcome;
  outcome.calls = {good_call(100)};
  const auto value = boost::json::parse(json_of(outcome)).as_object();
  const auto& call = value.at("calls").as_array().at(0).as_object();
  const auto& turn = call.at("turns").as_array().at(0).as_object();
  EXPECT_EQ(turn.at("said"), "hello \"you\"");
  EXPECT_EQ(turn.at("response_ms"), 100);
  EXPECT_TRUE(turn.at("time_to_clear_ms").is_null());
  EXPECT_EQ(value.at("summary").as_object().at("calls"), 1);
}

TEST(ConversationPrinter, PrintsALineForWhatIsSaidAndHeard) {
  std::vector<std::string> lines;
  ConversationPrinter printer([&lines](std::string_view line) { lines.emplace_back(line); });
  printer.on_caller_said("hello");
  printer.on_agent_sound(milliseconds(2400));
  printer.on_agent_said({true, "Good day", true, true});
  printer.on_dtmf('5');
  EXPECT_EQ(lines, (std::vector<std::string>{"caller: hello", "agent: (2.4 s of speech)",
                                             "agent: Good day (interrupted)", "caller: (presses 5)"}));
}

TEST(DynamicEndpoint, SendsTheCallsDataAsExotelDoes) {
  const StreamIdentity identity{"s1", "c1", "acme1", "09876", "+9180", {}, 8000};
  const WallTime now{std::chrono::seconds(1736265066)};
  EXPECT_EQ(dynamic_endpoint_url("https://a/b", identity, now),
            "https://a/b?CallSid=c1&CallFrom=09876&CallTo=%2B9180&Direction=incoming&"
            "Created=Tue%2C%2007%20Jan%202025%2021%3A21%3A06&DialWhomNumber=&From=09876&To=%2B9180&"
            "CurrentTime=2025-01-07%2021%3A21%3A06");
}

TEST(DynamicEndpoint, WantsAnAddressInTheAnswer) {
  EXPECT_EQ(*read_dynamic_endpoint(200, R"({"url":"wss://x/y"})"), "wss://x/y");
  for (const std::string_view body : {"", "wss://x/y", "{}", R"({"url":3})", R"({"url":"https://x/y"})"}) {
    EXPECT_FALSE(read_dynamic_endpoint(200, body)) << body;
  }
  EXPECT_FALSE(read_dynamic_endpoint(500, R"({"url":"wss://x/y"})"));
}

TEST(Transcript, ReadsTheServersLines) {
  const auto transcript = parse_transcript(
      R"({"lines":[{"who":"caller","text":"hi","final":true},{"who":"agent","text":"Hello","interrupted":true}]})");
  ASSERT_TRUE(transcript);
  ASSERT_EQ(transcript->lines.size(), 2U);
  EXPECT_FALSE(transcript->lines[0].agent);
  EXPECT_TRUE(transcript->lines[0].final);
  EXPECT_TRUE(transcript->lines[1].agent);
  EXPECT_FALSE(transcript->lines[1].final);
  EXPECT_TRUE(transcript->lines[1].interrupted);
  for (const std::string_view body : {"", "[]", "{}", R"({"lines":3})", R"({"lines":[3]})"}) {
    EXPECT_FALSE(parse_transcript(body)) << body;
  }
}

}  // namespace
}  // namespace parley::caller
