#include "carrier/exotel/exotel_callbacks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "carrier/fields.hpp"

namespace parley::carrier::exotel {
namespace {

using testing::HasSubstr;

Fields of_query(std::string_view query) {
  return read_fields("GET", query, "", "").value();
}
Fields of_json(std::string_view body) {
  return read_fields("POST", "", "application/json", body).value();
}
CallReport report_of(const Fields& fields) {
  auto report = read_report(fields);
  EXPECT_TRUE(report) << describe(report.error());
  return report.value_or(CallReport());
}

TEST(ExotelCallbacks, TheShortStatusCallback) {
  const auto report = report_of({{"CallSid", "9c0b18bl"},
                                 {"Status", "completed"},
                                 {"DateUpdated", "2025-01-07 15:51:06"},
                                 {"RecordingUrl", "https://recordings.exotel.com/acme1/9c0b18bl.mp3"}});
  EXPECT_EQ(report.carrier_call_id, "9c0b18bl");
  EXPECT_EQ(report.progress, Progress::completed);
  EXPECT_EQ(report.recording_url, "https://recordings.exotel.com/acme1/9c0b18bl.mp3");
  EXPECT_EQ(report.event, "");
}

TEST(ExotelCallbacks, TheLongStatusCallbackInJson) {
  const auto report = report_of(of_json(
      R"({"CallSid":"9c0b18bl","EventType":"terminal","DateCreated":"2026-01-31 12:00:00","DateUpdated":"2026-01-31 12:01:00",
 "Status":"completed","To":"04412345678","From":"09876543210","PhoneNumberSid":"04412345678","StartTime":"2026-01-31 12:00:00",
 "EndTime":"2026-01-31 12:00:40","ConversationDuration":17,"Direction":"outbound-api","CustomField":"call 7","RecordingUrl":"",
 "Legs":[{"OnCallDuration":17,"Status":"completed"},{"OnCallDuration":0,"Status":"no-answer"}]})"));
  EXPECT_EQ(report.event, "terminal");
  EXPECT_EQ(report.seconds, 17);
  EXPECT_EQ(report.direction, "outbound");
  EXPECT_EQ(report.custom_field, "call 7");
  EXPECT_EQ(utc_time(report.created_at.value_or(0)), "2026-01-31T06:30:00.000Z");
  EXPECT_EQ(utc_time(report.ended_at.value_or(0)), "2026-01-31T06:30:40.000Z");
  ASSERT_EQ(report.legs.size(), 2U);
  EXPECT_EQ(report.legs[0].seconds, 17);
  EXPECT_EQ(report.legs[1].progress, Progress::no_answer);
}

TEST(ExotelCallbacks, AnAnsweredEventSaysWhen) {
  const auto report = report_of({{"CallSid", "1"},
                                 {"EventType", "answered"},
                                 {"Status", "in-progress"},
                                 {"DateUpdated", "2026-01-31 12:00:09"},
                                 {"StartTime", "2026-01-31 12:00:00"},
                                 {"EndTime", "1970-01-01 05:30:00"}});
  EXPECT_EQ(report.progress, Progress::in_progress);
  EXPECT_EQ(utc_time(report.answered_at.value_or(0)), "2026-01-31T06:30:09.000Z");
  EXPECT_FALSE(report.ended_at);
  EXPECT_EQ(report_of({{"CallSid", "1"}, {"EventType", "Answered"}}).progress, Progress::in_progress);
}

TEST(ExotelCallbacks, AnEndBeforeTheStartIsNone) {
  EXPECT_FALSE(
      report_of({{"CallSid", "1"}, {"StartTime", "2026-01-31 12:00:10"}, {"EndTime", "2026-01-31 12:00:00"}})
          .ended_at);
}

TEST(ExotelCallbacks, TheOtherEnginesNamesAreKnown) {
  const auto report = report_of(of_json(
      R"({"CallSid":"1","CallStatus":"somewhat","CallState":"completed","TotalDuration":"21","FromNumber":"+919876543210",
 "ToNumber":"+914412345678","CallRecordings":[{"RecordingUrl":"https://recordings.exotel.com/1.mp3"}],
 "CreatedAt":"0001-01-01T00:00:00Z","EndTime":"2026-01-31T12:00:00+05:30"})"));
  EXPECT_EQ(report.status, "somewhat");
  EXPECT_EQ(report.progress, Progress::completed);
  EXPECT_EQ(report.seconds, 21);
  EXPECT_EQ(report.from, "+919876543210");
  EXPECT_EQ(report.to, "+914412345678");
  EXPECT_EQ(report.recording_url, "https://recordings.exotel.com/1.mp3");
  EXPECT_FALSE(report.created_at);
  EXPECT_EQ(utc_time(report.ended_at.value_or(0)), "2026-01-31T06:30:00.000Z");
}

TEST(ExotelCallbacks, TheSpellingsOfOtherPlatforms) {
  const auto report = report_of({{"CallSid", "1"}, {"CallStatus", "no-answer"}, {"CallDuration", "\"0\""}});
  EXPECT_EQ(report.progress, Progress::no_answer);
  EXPECT_EQ(report.seconds, 0);
}

TEST(ExotelCallbacks, AnUnknownStatusIsKeptAsTold) {
  const auto report = report_of({{"CallSid", "1"}, {"Status", "teleported"}});
  EXPECT_EQ(report.progress, Progress::unknown);
  EXPECT_EQ(report.status, "teleported");
  EXPECT_EQ(report_of({{"CallSid", "1"}, {"Status", "cancelled"}}).progress, Progress::canceled);
}

TEST(ExotelCallbacks, WithoutACallThereIsNoReport) {
  EXPECT_THAT(describe(read_report({{"Status", "completed"}}).error()), HasSubstr("CallSid is missing"));
  EXPECT_THAT(describe(read_notice({}).error()), HasSubstr("CallSid is missing"));
  for (const std::string& id : {std::string("a b"), std::string("../x"), std::string("a&b"),
                                std::string("<x>"), std::string("1\""), std::string(200, 'x')})
    EXPECT_THAT(describe(read_report({{"CallSid", id}}).error()), HasSubstr("no id")) << id;
}

TEST(ExotelCallbacks, NonsenseInFieldsIsLeftOut) {
  const auto report = report_of({{"CallSid", "1"},
                                 {"Duration", "-5"},
                                 {"RecordingUrl", "javascript:alert(1)"},
                                 {"EndTime", "yesterday"},
                                 {"AnsweredBy", "NotSure"},
                                 {"Direction", "sideways"}});
  EXPECT_FALSE(report.seconds);
  EXPECT_EQ(report.recording_url, "");
  EXPECT_FALSE(report.ended_at);
  EXPECT_EQ(report.answered_by, "");
  EXPECT_EQ(report.direction, "");
}

TEST(ExotelCallbacks, TheDynamicAddressOfAStream) {
  const auto notice =
      read_notice(of_query("CallSid=9c0b18bl&CallFrom=09876543210&From=09876543210&CallTo=04412345678&To="
                           "08012345678&Direction=incoming"
                           "&Created=Tue%2C+07+Jan+2025+15%3A51%3A06&CurrentTime=2025-01-07+15%3A51%3A06&"
                           "DialWhomNumber=&ServerCode="));
  ASSERT_TRUE(notice) << describe(notice.error());
  EXPECT_EQ(notice->carrier_call_id, "9c0b18bl");
  EXPECT_EQ(notice->from, "09876543210");
  EXPECT_EQ(notice->to, "04412345678") << "the number that was rung";
  EXPECT_EQ(notice->other_to, "08012345678");
  EXPECT_EQ(notice->direction, "inbound");
  EXPECT_EQ(notice->account_sid, "");
}

TEST(ExotelCallbacks, TheWebhookOfAnIncomingCallInJson) {
  const auto notice = read_notice(of_json(
      R"({"CallSid":"unique_call_id","From":"+919876543210","To":"+911234567890","Status":"in-progress"})"));
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->to, "+911234567890");
  EXPECT_EQ(notice->other_to, "");
  EXPECT_EQ(notice->status, "in-progress");
}

TEST(ExotelCallbacks, ThePassthruTellsOfDigitsLegsAndTheStream) {
  const auto fields = of_query(
      "CallSid=1&CallFrom=09876543210&CallTo=04412345678&CallStatus=completed&Direction=incoming&digits=%228%"
      "22"
      "&CustomField=x&Legs%5B0%5D%5BNumber%5D=09876543210&Legs%5B0%5D%5BOnCallDuration%5D=30&Legs%5B0%5D%"
      "5BCause%5D=NORMAL_CLEARING"
      "&Stream%5BStreamSID%5D=3357a18bl&Stream%5BStatus%5D=completed&Stream%5BDuration%5D=12&Stream%"
      "5BDisconnectedBy%5D=bot"
      "&Stream%5BRecordingUrl%5D=https%3A%2F%2Frecordings.exotel.com%2F1.mp3");
  const auto notice = read_notice(fields);
  ASSERT_TRUE(notice);
  EXPECT_EQ(notice->digits, "8");
  const auto stream = read_stream_report(fields);
  ASSERT_TRUE(stream);
  EXPECT_EQ(stream->stream_id, "3357a18bl");
  EXPECT_EQ(stream->status, "completed");
  EXPECT_EQ(stream->disconnected_by, "agent");
  EXPECT_EQ(stream->seconds, 12);
  EXPECT_EQ(stream->recording_url, "https://recordings.exotel.com/1.mp3");
  const auto report = report_of(fields);
  ASSERT_EQ(report.legs.size(), 1U);
  EXPECT_EQ(report.legs[0].number, "09876543210");
  EXPECT_EQ(report.legs[0].cause, "NORMAL_CLEARING");
}

TEST(ExotelCallbacks, HowAStreamEndedInEveryTelling) {
  const auto of = [](std::string json) {
    return read_stream_report(
               {{"CallSid", "1"}, {"Stream[Status]", "failed"}, {"Stream[DisconnectedBy]", std::move(json)}})
        .value()
        .disconnected_by;
  };
  EXPECT_EQ(of("user"), "caller");
  EXPECT_EQ(of("caller"), "caller");
  EXPECT_EQ(of("bot"), "agent");
  EXPECT_EQ(of("system"), "");
  EXPECT_EQ(of("NA"), "");
  const auto as_text =
      read_stream_report(of_query("CallSid=1&Stream=%7B%22StreamSID%22%3A%22s1%22%2C%22Status%22%3A%22failed%"
                                  "22%2C%22Error%22%3A%223009+failed%22%7D"));
  ASSERT_TRUE(as_text);
  EXPECT_EQ(as_text->stream_id, "s1");
  EXPECT_EQ(as_text->error, "3009 failed");
  const auto throttled = read_stream_report(
      {{"Stream[Status]", "failed"}, {"Stream[DetailedStatus]", "Streaming_call_throttled"}});
  EXPECT_EQ(throttled.value().error, "Streaming_call_throttled");
  EXPECT_FALSE(read_stream_report({{"CallSid", "1"}}));
}

}  // namespace
}  // namespace parley::carrier::exotel
