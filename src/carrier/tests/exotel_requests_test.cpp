#include "carrier/exotel/exotel_requests.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.hpp"
#include "carrier/exotel/exotel_answers.hpp"

namespace parley::carrier::exotel {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::Pair;

Account account() {
  Account account;
  account.sid = "acme1";
  account.api_key = "the-key";
  account.api_token = "the-token";
  account.base_url = "https://api.in.exotel.com";
  account.legs_url = "https://cpaas-api.in.exotel.com";
  account.flow_url = "https://my.exotel.com";
  account.app_id = "926";
  account.number = "+914412345678";
  return account;
}

PlaceRequest to_flow() {
  PlaceRequest request;
  request.to = "+919876543210";
  return request;
}

std::string complaint(const PlaceRequest& request, const Account& of = account()) {
  const auto fields = place_fields(of, request);
  EXPECT_FALSE(fields);
  return fields ? "" : fields.error().message;
}

TEST(ExotelRequests, ACallIntoAFlowWithEverythingSaid) {
  PlaceRequest request = to_flow();
  request.from = "+91 44-1234 5679";
  request.app_id = "1000";
  request.custom_field = "call 7";
  request.status_callback = "https://voice.example.com/webhooks/exotel/call-status?secret=x";
  request.time_limit = std::chrono::seconds(3600);
  request.ring_timeout = std::chrono::seconds(30);
  request.record = true;
  request.record_both_channels = true;
  const auto fields = place_fields(account(), request);
  ASSERT_TRUE(fields) << describe(fields.error());
  EXPECT_THAT(
      *fields,
      ElementsAre(Pair("From", "+919876543210"), Pair("CallerId", "04412345679"),
                  Pair("Url", "https://my.exotel.com/acme1/exoml/start_voice/1000"),
                  Pair("CallType", "trans"), Pair("TimeLimit", "3600"), Pair("TimeOut", "30"),
                  Pair("Record", "true"), Pair("RecordingChannels", "dual"), Pair("CustomField", "call 7"),
                  Pair("StatusCallback", "https://voice.example.com/webhooks/exotel/call-status?secret=x"),
                  Pair("StatusCallbackEvents[]", "terminal"), Pair("StatusCallbackEvents[]", "answered"),
                  Pair("StatusCallbackContentType", "application/json")));
}

TEST(ExotelRequests, WhatIsNotSaidComesFromTheAccountOrIsLeftToExotel) {
  const auto fields = place_fields(account(), to_flow());
  ASSERT_TRUE(fields) << describe(fields.error());
  EXPECT_THAT(*fields, ElementsAre(Pair("From", "+919876543210"), Pair("CallerId", "04412345678"),
                                   Pair("Url", "https://my.exotel.com/acme1/exoml/start_voice/926"),
                                   Pair("CallType", "trans"), Pair("Record", "false")));
}

TEST(ExotelRequests, ACallStraightIntoOurStream) {
  PlaceRequest request = to_flow();
  request.into = PlaceRequest::Into::stream;
  request.stream_url = "wss://voice.example.com/exotel/stream/token";
  const auto fields = place_fields(account(), request);
  ASSERT_TRUE(fields) << describe(fields.error());
  EXPECT_THAT(*fields, Contains(Pair("StreamUrl", "wss://voice.example.com/exotel/stream/token")));
  EXPECT_THAT(*fields, Contains(Pair("StreamType", "bidirectional")));
  EXPECT_THAT(*fields, Not(Contains(Key("Url")))) << "the two ways exclude each other";
}

TEST(ExotelRequests, ACallFromNumberToNumber) {
  PlaceRequest request = to_flow();
  request.into = PlaceRequest::Into::number;
  request.second_number = "09811112222";
  const auto fields = place_fields(account(), request);
  ASSERT_TRUE(fields);
  EXPECT_THAT(*fields, Contains(Pair("To", "09811112222")));
  EXPECT_THAT(*fields, Not(Contains(Key("StreamUrl"))));
}

TEST(ExotelRequests, LimitsAreCheckedBeforeAnythingIsAsked) {
  PlaceRequest request = to_flow();
  request.into = PlaceRequest::Into::stream;
  request.stream_url = "https://voice.example.com";
  EXPECT_THAT(complaint(request), HasSubstr("wss://"));
  request.stream_url = "wss://" + std::string(594, 'x');
  EXPECT_TRUE(place_fields(account(), request));
  request.stream_url += "x";
  EXPECT_THAT(complaint(request), HasSubstr("longer than 600"));

  request = to_flow();
  request.custom_field = std::string(128, 'x');
  EXPECT_TRUE(place_fields(account(), request));
  request.custom_field += "x";
  EXPECT_THAT(complaint(request), HasSubstr("longer than 128"));

  request = to_flow();
  request.time_limit = std::chrono::seconds(14'400);
  EXPECT_TRUE(place_fields(account(), request));
  request.time_limit += std::chrono::seconds(1);
  EXPECT_THAT(complaint(request), HasSubstr("between 1 and 14400"));
  request.time_limit = std::chrono::seconds(-1);
  EXPECT_THAT(complaint(request), HasSubstr("between 1 and 14400"));

  request = to_flow();
  request.ring_timeout = std::chrono::seconds(-1);
  EXPECT_THAT(complaint(request), HasSubstr("time to ring"));
  request = to_flow();
  request.status_callback = "ftp://x";
  EXPECT_THAT(complaint(request), HasSubstr("status callbacks"));
}

TEST(ExotelRequests, NumbersMustBeNumbers) {
  for (const char* number :
       {"", "hello", "+91987\r\nX: y", "12", "+1234567890123456", "9876&To=1", "98+76543"}) {
    PlaceRequest request = to_flow();
    request.to = number;
    EXPECT_THAT(complaint(request), HasSubstr("no phone number")) << number;
  }
  Account nameless = account();
  nameless.number.clear();
  EXPECT_THAT(complaint(to_flow(), nameless), HasSubstr("caller id"));
  nameless = account();
  nameless.app_id.clear();
  EXPECT_THAT(complaint(to_flow(), nameless), HasSubstr("app id"));
  PlaceRequest request = to_flow();
  request.app_id = "../evil";
  EXPECT_THAT(complaint(request), HasSubstr("app id"));
  nameless = account();
  nameless.sid.clear();
  EXPECT_THAT(complaint(to_flow(), nameless), HasSubstr("no sid"));
}

TEST(ExotelRequests, TheCallerIdIsNationalInIndiaOnly) {
  EXPECT_EQ(caller_id_form("+914412345678"), "04412345678");
  EXPECT_EQ(caller_id_form("914412345678"), "04412345678");
  EXPECT_EQ(caller_id_form("04412345678"), "04412345678");
  EXPECT_EQ(caller_id_form("+6561234567"), "+6561234567");
  EXPECT_EQ(caller_id_form("+12025550123"), "+12025550123");
}

TEST(ExotelRequests, AddressesHoldWhatTheyAreGivenEscaped) {
  Account odd = account();
  odd.sid = "a/b";
  EXPECT_EQ(place_url(account()), "https://api.in.exotel.com/v1/Accounts/acme1/Calls/connect.json");
  EXPECT_EQ(place_url(odd), "https://api.in.exotel.com/v1/Accounts/a%2Fb/Calls/connect.json");
  EXPECT_EQ(call_url(account(), "9c0b18bl"),
            "https://api.in.exotel.com/v1/Accounts/acme1/Calls/9c0b18bl.json?details=true");
  EXPECT_EQ(numbers_url(account()), "https://api.in.exotel.com/v2_beta/Accounts/acme1/IncomingPhoneNumbers");
  EXPECT_EQ(active_streams_url(account()), "https://api.in.exotel.com/v1/Accounts/acme1/ActiveStreams");
  EXPECT_EQ(hang_up_url(account(), "leg1"),
            "https://cpaas-api.in.exotel.com/v2/accounts/acme1/legs/leg1/actions/hangup");
  EXPECT_EQ(calls_url(account(), "From", "+919876543210", *parse_utc_time("2026-01-31T06:30:00Z")),
            "https://api.in.exotel.com/v1/Accounts/acme1/Calls.json?From=%2B919876543210%2C09876543210"
            "&DateCreated=gte%3A2026-01-31%2012%3A00%3A00&SortBy=DateCreated%3Adesc&PageSize=100");
}

TEST(ExotelRequests, TheNextPageStaysWithTheAccount) {
  EXPECT_EQ(next_page_url(account(), "/v1/Accounts/acme1/Calls.json?Before=x"),
            "https://api.in.exotel.com/v1/Accounts/acme1/Calls.json?Before=x");
  for (const char* other : {"", "https://evil.example/v1/Accounts/acme1/Calls",
                            "/v1/Accounts/other/Calls.json", "@evil.example/v1/Accounts/acme1/Calls"})
    EXPECT_EQ(next_page_url(account(), other), "") << other;
}

TEST(ExotelRequests, NumbersAreComparedByTheirLastTenDigits) {
  EXPECT_TRUE(same_number("+919876543210", "09876543210"));
  EXPECT_TRUE(same_number("98765 43210", "+91-98765-43210"));
  EXPECT_FALSE(same_number("+919876543210", "+919876543211"));
  EXPECT_FALSE(same_number("", ""));
  EXPECT_TRUE(same_number("1800", "1800"));
}

TEST(ExotelAnswers, WhomAConnectAppletCalls) {
  ConnectApplet applet;
  applet.numbers = {"+919876543210", "+919876543211"};
  applet.outgoing_number = "04412345678";
  applet.record = true;
  applet.record_both_channels = true;
  applet.ring = std::chrono::seconds(45);
  applet.conversation = std::chrono::seconds(3600);
  applet.hold_music = "operator_tone";
  applet.announce = "A caller asks for \"billing\".";
  applet.passthru_url = "https://voice.example.com/p";
  const WebAnswer answer = connect_answer(applet);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "application/json");
  EXPECT_EQ(boost::json::parse(answer.body), boost::json::parse(R"({"fetch_after_attempt":false,
 "destination":{"numbers":["+919876543210","+919876543211"]},
 "outgoing_phone_number":"04412345678","record":true,"recording_channels":"dual",
 "max_ringing_duration":45,"max_conversation_duration":3600,
 "music_on_hold":{"type":"operator_tone"},
 "start_call_playback":{"playback_to":"callee","type":"text","value":"A caller asks for \"billing\"."},
 "parallel_ringing":{"activate":false,"max_parallel_attempts":1},
 "dial_passthru_event_url":"https://voice.example.com/p"})"));
}

TEST(ExotelAnswers, WhatIsNotSaidIsLeftToExotel) {
  const WebAnswer answer = connect_answer(to_applet(
      {.to = {"+919876543210"}, .caller_id = {}, .announce = {}, .ring = std::chrono::seconds(30)}));
  EXPECT_EQ(boost::json::parse(answer.body),
            boost::json::parse(R"({"fetch_after_attempt":false,"destination":{"numbers":["+919876543210"]},
 "record":false,"max_ringing_duration":30,"parallel_ringing":{"activate":false,"max_parallel_attempts":1}})"));
}

}  // namespace
}  // namespace parley::carrier::exotel
