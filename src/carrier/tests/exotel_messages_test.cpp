#include "carrier/exotel/exotel_messages.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "carrier/exotel/exotel_words.hpp"

namespace parley::carrier::exotel {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kCallJson =
    R"({"Call":{"Sid":"9c0b18bl","ParentCallSid":null,"DateCreated":"2026-01-31 12:00:00","DateUpdated":"2026-01-31 12:00:05",
 "AccountSid":"acme1","To":"04412345678","From":"09876543210","PhoneNumberSid":"04412345678","Status":"in-progress",
 "StartTime":"2026-01-31 12:00:00","EndTime":null,"Duration":null,"Price":null,"Direction":"outbound-api",
 "AnsweredBy":null,"ForwardedFrom":null,"CallerName":null,
 "Uri":"/v1/Accounts/acme1/Calls.json/9c0b18bl","RecordingUrl":null}})";

TEST(ExotelMessages, ACallInJson) {
  const auto call = read_call(kCallJson);
  ASSERT_TRUE(call) << describe(call.error());
  EXPECT_EQ(call->carrier_call_id, "9c0b18bl");
  EXPECT_EQ(call->account_sid, "acme1");
  EXPECT_EQ(call->progress, Progress::in_progress);
  EXPECT_EQ(call->status, "in-progress");
  EXPECT_EQ(call->from, "09876543210");
  EXPECT_EQ(call->to, "04412345678");
  EXPECT_EQ(call->direction, "outbound");
  EXPECT_EQ(utc_time(call->created_at.value_or(0)), "2026-01-31T06:30:00.000Z");
  EXPECT_FALSE(call->ended_at);
  EXPECT_FALSE(call->seconds);
  EXPECT_EQ(call->recording_url, "");
}

TEST(ExotelMessages, TheSameCallInXml) {
  const auto call = read_call(R"(<?xml version="1.0" encoding="UTF-8"?>
<TwilioResponse><Call><Sid>9c0b18bl</Sid><ParentCallSid/><DateCreated>2026-01-31 12:00:00</DateCreated>
<AccountSid>acme1</AccountSid><To>04412345678</To><From>09876543210</From><Status>queued</Status>
<StartTime>2026-01-31 12:00:00</StartTime><EndTime>1970-01-01 05:30:00</EndTime><Duration/><Price/>
<Direction>outbound-api</Direction><AnsweredBy>NotSure</AnsweredBy>
<RecordingUrl>https://recordings.exotel.com/a.mp3?x=1&amp;y=2</RecordingUrl></Call></TwilioResponse>)");
  ASSERT_TRUE(call) << describe(call.error());
  EXPECT_EQ(call->carrier_call_id, "9c0b18bl");
  EXPECT_EQ(call->progress, Progress::queued);
  EXPECT_EQ(call->from, "09876543210");
  EXPECT_FALSE(call->ended_at);
  EXPECT_EQ(call->answered_by, "");
  EXPECT_EQ(call->recording_url, "https://recordings.exotel.com/a.mp3?x=1&y=2");
}

TEST(ExotelMessages, TheDetailsOfACallTellOfItsLegs) {
  for (
      const std::string_view text :
      {std::string_view(
           R"({"Call":{"Sid":"1","Status":"completed","Duration":"19","EndTime":"2026-01-31 12:01:00","AnsweredBy":"HUMAN",
 "Price":"0.36","Details":{"ConversationDuration":17,"Leg1Status":"completed","Leg2Status":"no-answer",
 "Legs":[{"Leg":{"Id":1,"OnCallDuration":17}},{"Leg":{"Id":2,"OnCallDuration":0}}]}}})"),
       std::string_view(
           R"(<TwilioResponse><Call><Sid>1</Sid><Status>completed</Status><Duration>19</Duration><EndTime>2026-01-31 12:01:00</EndTime>
<AnsweredBy>Human</AnsweredBy><Price>0.36</Price><Details><Leg1Status>completed</Leg1Status><Leg2Status>no-answer</Leg2Status>
<Legs><Leg><Id>1</Id><OnCallDuration>17</OnCallDuration></Leg><Leg><Id>2</Id><OnCallDuration>0</OnCallDuration></Leg></Legs></Details></Call></TwilioResponse>)")}) {
    const auto call = read_call(text);
    ASSERT_TRUE(call) << describe(call.error());
    EXPECT_EQ(call->seconds, 19);
    EXPECT_EQ(call->answered_by, "human");
    EXPECT_EQ(call->price, "0.36");
    ASSERT_EQ(call->legs.size(), 2U);
    EXPECT_EQ(call->legs[0].progress, Progress::completed);
    EXPECT_EQ(call->legs[0].seconds, 17);
    EXPECT_EQ(call->legs[1].progress, Progress::no_answer);
    EXPECT_EQ(call->legs[1].status, "no-answer");
  }
}

TEST(ExotelMessages, ACallOfTheThirdVersion) {
  const auto call = read_call(
      R"({"request_id":"r","method":"GET","http_code":200,"response":{"code":200,"status":"success","call_details":{
 "sid":"c3","direction":"outbound","virtual_number":"0441","state":"terminal","status":"from_leg_unanswered","legs":[],
 "created_time":"2026-01-31T12:00:00+05:30","total_duration":30,"total_talk_time":0,"custom_field":"call 7",
 "recordings":[{"url":"https://recordings.exotel.com/c3.mp3"}]}}})");
  ASSERT_TRUE(call) << describe(call.error());
  EXPECT_EQ(call->carrier_call_id, "c3");
  EXPECT_EQ(call->progress, Progress::no_answer);
  EXPECT_EQ(call->status, "from_leg_unanswered");
  EXPECT_EQ(call->custom_field, "call 7");
  EXPECT_EQ(call->recording_url, "https://recordings.exotel.com/c3.mp3");
  EXPECT_EQ(utc_time(call->created_at.value_or(0)), "2026-01-31T06:30:00.000Z");
}

TEST(ExotelMessages, ErrorsInEitherFormAreRead) {
  for (
      const std::string_view text :
      {std::string_view(R"({"RestException":{"Status":403,"Message":"KYC is not done","Code":340030}})"),
       std::string_view(
           "<?xml version=\"1.0\"?><TwilioResponse><RestException><Status>403</Status>"
           "<Message>KYC is not done</Message><Code>340030</Code></RestException></TwilioResponse>"),
       std::string_view(
           R"({"http_code":403,"response":{"code":403,"error_data":{"code":340030,"description":"KYC is not done"}}})")}) {
    const auto exception = read_exception(text);
    ASSERT_TRUE(exception) << text;
    EXPECT_EQ(exception->status, 403);
    EXPECT_EQ(exception->code, "340030");
    EXPECT_EQ(exception->message, "KYC is not done");
    EXPECT_FALSE(read_call(text));
    EXPECT_FALSE(read_calls(text));
  }
  EXPECT_FALSE(read_exception(kCallJson));
  EXPECT_FALSE(read_exception("<html>"));
}

TEST(ExotelMessages, WhatIsNoAnswerIsNamedAndNotQuoted) {
  const auto complaint = [](std::string_view body) {
    const auto call = read_call(body);
    return call ? std::string() : call.error().message;
  };
  EXPECT_THAT(complaint(""), HasSubstr("empty"));
  EXPECT_THAT(complaint(" \r\n"), HasSubstr("empty"));
  EXPECT_THAT(complaint("<!DOCTYPE html><html><body>secret</body></html>"), HasSubstr("HTML"));
  EXPECT_THAT(complaint("<html><head>"), HasSubstr("HTML"));
  EXPECT_THAT(complaint(kCallJson.substr(0, 100)), HasSubstr("cut off JSON"));
  EXPECT_THAT(complaint("<TwilioResponse><Call><Sid>1</Sid>"), HasSubstr("cut off XML"));
  EXPECT_THAT(complaint("Service Unavailable"), HasSubstr("neither JSON nor XML"));
  EXPECT_THAT(complaint(R"({"Call":{"Status":"queued"}})"), HasSubstr("names no call"));
  EXPECT_THAT(complaint(R"({"Call":{"Sid":"a b\r\n"}})"), HasSubstr("names no call"));
  EXPECT_THAT(complaint(R"({"Call":[]})"), HasSubstr("names no call"));
  std::string deep;
  for (int i = 0; i < 100; ++i)
    deep += "<a>";
  for (int i = 0; i < 100; ++i)
    deep += "</a>";
  EXPECT_THAT(complaint(deep), HasSubstr("too deep"));
  EXPECT_THAT(complaint("<!DOCTYPE a [<!ENTITY b \"c\">]><a><Sid>&b;</Sid></a>"), HasSubstr("names no call"));
}

TEST(ExotelMessages, AListOfCallsComesInPages) {
  const auto page = read_calls(
      R"({"Metadata":{"Total":3,"PageSize":2,"FirstPageUri":"/v1/Accounts/acme1/Calls.json?PageSize=2","PrevPageUri":null,
 "NextPageUri":"/v1/Accounts/acme1/Calls.json?PageSize=2&Before=x"},
 "Calls":[{"Sid":"1","Status":"completed"},{"Sid":"2","Status":"busy"},{"Status":"no sid"},7]})");
  ASSERT_TRUE(page) << describe(page.error());
  ASSERT_EQ(page->calls.size(), 2U);
  EXPECT_EQ(page->calls[1].progress, Progress::busy);
  EXPECT_EQ(page->next_page, "/v1/Accounts/acme1/Calls.json?PageSize=2&Before=x");

  const auto empty = read_calls(R"({"Metadata":{"Total":0},"Calls":[]})");
  ASSERT_TRUE(empty);
  EXPECT_THAT(empty->calls, IsEmpty());
  EXPECT_EQ(empty->next_page, "");
  const auto xml = read_calls(
      "<TwilioResponse><Metadata><Total>2</Total></Metadata><Calls><Call><Sid>1</Sid></Call>"
      "<Call><Sid>2</Sid></Call></Calls></TwilioResponse>");
  ASSERT_TRUE(xml);
  EXPECT_EQ(xml->calls.size(), 2U);
  EXPECT_FALSE(read_calls("{}"));
}

TEST(ExotelMessages, NumbersInTheWrappingsOfTheirVersions) {
  for (
      const std::string_view text :
      {std::string_view(R"({"incoming_phone_numbers":[{"phone_number":"+914412345678","friendly_name":"Desk",
 "voice_url":"http://my.exotel.com/acme1/exoml/start_voice/926"}]})"),
       std::string_view(
           R"({"IncomingPhoneNumbers":[{"IncomingPhoneNumber":{"PhoneNumber":"+914412345678","FriendlyName":"Desk",
 "VoiceUrl":"http://my.exotel.com/acme1/exoml/start_voice/926"}}]})"),
       std::string_view("<TwilioResponse><IncomingPhoneNumbers><IncomingPhoneNumber><PhoneNumber>+"
                        "914412345678</PhoneNumber>"
                        "<FriendlyName>Desk</FriendlyName><VoiceUrl>http://my.exotel.com/acme1/exoml/"
                        "start_voice/926</VoiceUrl>"
                        "</IncomingPhoneNumber></IncomingPhoneNumbers></TwilioResponse>")}) {
    const auto numbers = read_numbers(text);
    ASSERT_TRUE(numbers) << describe(numbers.error());
    ASSERT_EQ(numbers->size(), 1U) << text;
    EXPECT_EQ(numbers->front().number, "+914412345678");
    EXPECT_EQ(numbers->front().name, "Desk");
    EXPECT_EQ(numbers->front().app_id, "926");
  }
  EXPECT_TRUE(read_numbers(R"({"incoming_phone_numbers":[]})"));
  EXPECT_FALSE(read_numbers("{}"));
}

TEST(ExotelMessages, StreamsOfAnAccountInXmlAndJson) {
  const auto xml = read_active_streams(
      "<TwilioResponse><Stream><ActiveStreamCount>0</ActiveStreamCount><ThrottleLimit>100</ThrottleLimit></"
      "Stream></TwilioResponse>");
  ASSERT_TRUE(xml) << describe(xml.error());
  EXPECT_EQ(xml->streams, 0);
  EXPECT_EQ(xml->stream_limit, 100);
  EXPECT_EQ(xml->summary, "active, 0 of 100 streams");
  const auto in_json = read_active_streams(
      R"({"status":"ok","active_streams":3,"max_allowed_streams":"50","account_sid":"acme1"})");
  ASSERT_TRUE(in_json);
  EXPECT_EQ(in_json->streams, 3);
  EXPECT_EQ(in_json->stream_limit, 50);
  EXPECT_FALSE(read_active_streams("{}"));
}

TEST(ExotelMessages, EveryStatusHasItsMeaning) {
  const std::vector<std::pair<const char*, Progress>> words = {
      {"queued", Progress::queued},         {"initiated", Progress::initiated},
      {"ringing", Progress::ringing},       {"in-progress", Progress::in_progress},
      {"completed", Progress::completed},   {"busy", Progress::busy},
      {"failed", Progress::failed},         {"no-answer", Progress::no_answer},
      {"canceled", Progress::canceled},     {"cancelled", Progress::canceled},
      {"No Answer", Progress::no_answer},   {"IN_PROGRESS", Progress::in_progress},
      {"to_leg_no_dial", Progress::failed}, {"from_leg_cancelled", Progress::canceled},
      {"terminal", Progress::unknown},      {"", Progress::unknown}};
  for (const auto& [word, progress] : words)
    EXPECT_EQ(read_progress(word), progress) << word;
}

}  // namespace
}  // namespace parley::carrier::exotel
