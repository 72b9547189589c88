// Twilio's REST interface as its documentation shows it.
#include "carrier/twilio/twilio_carrier.hpp"

#include <fmt/format.h>

#include "carrier/tests/rest_fixture.hpp"
#include "net/url.hpp"

namespace parley::carrier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using Outcome = CarrierError::Outcome;

std::string call_json(std::string_view sid = "CAaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                      std::string_view status = "completed",
                      std::string_view created = "Tue, 31 Aug 2010 20:36:28 +0000") {
  return fmt::format(R"({{
    "account_sid": "ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "annotation": null, "answered_by": null,
    "api_version": "2010-04-01", "caller_name": null, "date_created": "{}",
    "date_updated": "Tue, 31 Aug 2010 20:36:44 +0000", "direction": "outbound-api", "duration": "15",
    "end_time": "Tue, 31 Aug 2010 20:36:44 +0000", "forwarded_from": "+141586753093", "from": "+14158675308",
    "from_formatted": "(415) 867-5308", "group_sid": null, "parent_call_sid": null,
    "phone_number_sid": "PNaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "price": "-0.03000", "price_unit": "USD",
    "sid": "{}", "start_time": "Tue, 31 Aug 2010 20:36:29 +0000", "status": "{}",
    "subresource_uris": {{"recordings": "/2010-04-01/Accounts/AC/Calls/CA/Recordings.json"}},
    "to": "+14158675309", "to_formatted": "(415) 867-5309", "uri": "/2010-04-01/Accounts/AC/Calls/CA.json"}})",
                     created, sid, status);
}

class TwilioCarrierTest : public RestTest {
 protected:
  void SetUp() override {
    RestTest::SetUp();
    carrier_ = make_twilio_carrier(executor(), clock_, *queue_);
  }
  void TearDown() override {
    carrier_.reset();
    RestTest::TearDown();
  }

  static PlaceRequest into(PlaceRequest::Into into) {
    PlaceRequest request;
    request.to = "+919876543210";
    request.from = "+918047112233";
    request.into = into;
    return request;
  }
  CarrierResult<CallReport> place(PlaceRequest request) {
    return run(carrier_->place(account_, std::move(request)));
  }
  // A field of the form that came in; empty: not there.
  std::string sent(std::string_view name, std::size_t index = 0) const {
    std::string_view rest = asked(index).body;
    while (!rest.empty()) {
      const auto pair = rest.substr(0, rest.find('&'));
      rest.remove_prefix(std::min(pair.size() + 1, rest.size()));
      const auto equals = pair.find('=');
      if (net::percent_decode(pair.substr(0, equals)) == name)
        return net::percent_decode(pair.substr(equals + 1));
    }
    return {};
  }

  std::unique_ptr<Carrier> carrier_;
};

TEST_F(TwilioCarrierTest, PlacesACallIntoOurStream) {
  will_answer(201, call_json("CA1", "queued"));
  auto request = into(PlaceRequest::Into::stream);
  request.stream_url = "wss://voice.example.com/api/v1/telephony/twilio/stream/call_abc";
  request.custom_field = "parley:<1>";
  request.status_callback = "https://voice.example.com/status?s=1";
  request.ring_timeout = std::chrono::seconds(25);
  request.time_limit = std::chrono::seconds(600);
  request.record = true;
  request.record_both_channels = true;
  const auto placed = place(request);
  ASSERT_TRUE(placed) << describe(placed.error().error);
  EXPECT_EQ(placed->carrier_call_id, "CA1");
  EXPECT_EQ(placed->progress, Progress::queued);
  EXPECT_EQ(placed->custom_field, "parley:<1>");

  EXPECT_EQ(asked().method, "POST");
  EXPECT_EQ(asked().path, "/2010-04-01/Accounts/AC123/Calls.json");
  EXPECT_EQ(asked().header("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(asked().header("authorization"), net::basic_authorization("AC123", "s3cret-token"));
  EXPECT_EQ(sent("To"), "+919876543210");
  EXPECT_EQ(sent("From"), "+918047112233");
  EXPECT_EQ(
      sent("Twiml"),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Connect><Stream )"
      R"(url="wss://voice.example.com/api/v1/telephony/twilio/stream/call_abc">)"
      R"(<Parameter name="CustomField" value="parley:&lt;1&gt;"/></Stream></Connect><Pause length="4"/></Response>)");
  EXPECT_EQ(sent("StatusCallback"), "https://voice.example.com/status?s=1&CustomField=parley%3A%3C1%3E");
  EXPECT_EQ(sent("StatusCallbackMethod"), "POST");
  EXPECT_THAT(form(), HasSubstr("StatusCallbackEvent=initiated&StatusCallbackEvent=ringing&"
                                "StatusCallbackEvent=answered&StatusCallbackEvent=completed"));
  EXPECT_EQ(sent("Timeout"), "25");
  EXPECT_EQ(sent("TimeLimit"), "600");
  EXPECT_EQ(sent("Record"), "true");
  EXPECT_EQ(sent("RecordingChannels"), "dual");
}

TEST_F(TwilioCarrierTest, PlacesACallIntoAFlowAndToANumber) {
  will_answer(201, call_json());
  auto request = into(PlaceRequest::Into::flow);
  request.app_id = "http://demo.twilio.com/docs/voice.xml";
  ASSERT_TRUE(place(request));
  EXPECT_EQ(sent("Url"), "http://demo.twilio.com/docs/voice.xml");
  EXPECT_EQ(sent("StatusCallback"), "");
  EXPECT_EQ(sent("Record"), "");

  will_answer(201, call_json());
  request.app_id = "AP0123456789abcdef0123456789abcdef";
  ASSERT_TRUE(place(request));
  EXPECT_EQ(sent("ApplicationSid", 1), "AP0123456789abcdef0123456789abcdef");

  will_answer(201, call_json());
  request = into(PlaceRequest::Into::number);
  request.second_number = "+911140000000";
  ASSERT_TRUE(place(request));
  EXPECT_THAT(sent("Twiml", 2),
              HasSubstr(R"(<Dial callerId="+918047112233"><Number>+911140000000</Number></Dial>)"));
}

TEST_F(TwilioCarrierTest, WhatCannotBePlacedIsNotAskedFor) {
  auto flow = into(PlaceRequest::Into::flow);
  flow.app_id = "12345";
  auto stream = into(PlaceRequest::Into::stream);
  stream.stream_url = "https://voice.example.com";
  for (const PlaceRequest& request : {flow, stream, into(PlaceRequest::Into::number)}) {
    const auto placed = place(request);
    ASSERT_FALSE(placed);
    EXPECT_EQ(placed.error().outcome, Outcome::not_done);
    EXPECT_EQ(placed.error().error.code, Errc::invalid_argument);
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(TwilioCarrierTest, ARefusedCallWasSurelyNotPlaced) {
  will_answer(400, R"({"code": 21211, "message": "The 'To' number +919876543210 is not a valid phone number.",
                       "more_info": "https://www.twilio.com/docs/errors/21211", "status": 400})");
  auto request = into(PlaceRequest::Into::stream);
  request.stream_url = "wss://h/x";
  const auto placed = place(request);
  ASSERT_FALSE(placed);
  EXPECT_EQ(placed.error().outcome, Outcome::not_done);
  EXPECT_EQ(placed.error().code, "21211");
  EXPECT_EQ(placed.error().http_status, 400);
  EXPECT_EQ(placed.error().error.code, Errc::invalid_argument);
  EXPECT_THAT(placed.error().error.message, HasSubstr("is not a valid phone number"));
  EXPECT_THAT(placed.error().error.message, Not(HasSubstr("9876543210")));

  will_answer(401, R"({"code":20003,"message":"Authenticate","more_info":"x","status":401})");
  const auto unknown = place(request);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().error.code, Errc::permission_denied);
  EXPECT_THAT(unknown.error().error.message, Not(HasSubstr("s3cret")));

  will_answer(429, R"({"code":20429,"message":"Too Many Requests","more_info":"x","status":429})",
              {{"Retry-After", "1"}});
  const auto busy = place(request);
  ASSERT_FALSE(busy);
  EXPECT_EQ(busy.error().outcome, Outcome::not_done) << "Twilio promises it";
}

TEST_F(TwilioCarrierTest, AnAnswerThatNamesNoCallLeavesItOpen) {
  auto request = into(PlaceRequest::Into::stream);
  request.stream_url = "wss://h/x";
  const std::pair<int, std::string> answers[] = {{500, "<html>oops</html>"},
                                                 {503, ""},
                                                 {200, "<html>hello</html>"},
                                                 {200, ""},
                                                 {201, "{}"},
                                                 {201, R"({"sid":"CA/../1"})"},
                                                 {200, R"({"code":20500,"message":"Internal"})"}};
  for (const auto& [status, body] : answers) {
    will_answer(status, body);
    const auto placed = place(request);
    ASSERT_FALSE(placed) << body;
    EXPECT_EQ(placed.error().outcome, Outcome::unknown) << body;
    EXPECT_EQ(placed.error().http_status, status);
  }
  EXPECT_EQ(asked_.size(), std::size(answers)) << "none was asked for twice";
}

TEST_F(TwilioCarrierTest, EndsACallAndIsContentWhenItHasEnded) {
  will_answer(200, call_json());
  ASSERT_TRUE(run(carrier_->end(account_, "CA1")));
  EXPECT_EQ(asked().path, "/2010-04-01/Accounts/AC123/Calls/CA1.json");
  EXPECT_EQ(form(), "Status=completed");
  will_answer(400, R"({"code":21220,"message":"Call is not in-progress. Cannot redirect.","status":400})");
  EXPECT_TRUE(run(carrier_->end(account_, "CA1")));
  will_answer(404, R"({"code":20404,"message":"The requested resource was not found","status":404})");
  const auto unknown = run(carrier_->end(account_, "CA2"));
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().error.code, Errc::not_found);
}

TEST_F(TwilioCarrierTest, AnIdThatWouldClimbStaysWhereItIs) {
  will_answer(404, "");
  EXPECT_FALSE(run(carrier_->end(account_, "../../x?y")));
  EXPECT_THAT(asked().path, HasSubstr("/Calls/../../x?y.json")) << "one step, decoded by the server";
  EXPECT_EQ(asked().query, "");
  will_answer(404, "");
  EXPECT_FALSE(run(carrier_->end(account_, "..")));
  EXPECT_EQ(asked(1).path, "/2010-04-01/Accounts/AC123/Calls/-.json");
}

TEST_F(TwilioCarrierTest, TransfersACallByOtherTwiml) {
  will_answer(200, call_json("CA1", "in-progress"));
  ASSERT_TRUE(run(carrier_->transfer(account_, "CA1", "+911140000000")));
  EXPECT_EQ(
      sent("Twiml"),
      R"(<?xml version="1.0" encoding="UTF-8"?><Response><Dial><Number>+911140000000</Number></Dial></Response>)");
  will_answer(400, R"({"code":21220,"message":"Call is not in-progress. Cannot redirect.","status":400})");
  const auto late = run(carrier_->transfer(account_, "CA1", "+911140000000"));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().outcome, Outcome::not_done);
  EXPECT_EQ(late.error().error.code, Errc::not_found);
}

TEST_F(TwilioCarrierTest, DescribesACall) {
  will_answer(200, call_json());
  const auto call = run(carrier_->describe(account_, "CA1"));
  ASSERT_TRUE(call) << describe(call.error().error);
  EXPECT_EQ(asked().method, "GET");
  EXPECT_EQ(call->progress, Progress::completed);
  EXPECT_EQ(call->from, "+14158675308");
  EXPECT_EQ(call->to, "+14158675309");
  EXPECT_EQ(call->direction, "outbound");
  EXPECT_EQ(call->seconds, 15);
  EXPECT_EQ(call->created_at, 1283286988000);
  EXPECT_EQ(call->ended_at, 1283287004000);
  EXPECT_EQ(call->price, "-0.03000 USD");
}

TEST_F(TwilioCarrierTest, FindsCallsOfANumberNewestFirstAndThoseThatWait) {
  will_answer(200, R"({"calls":[)" + call_json("CA1", "completed", "Tue, 31 Aug 2010 20:00:00 +0000") + "," +
                       call_json("CA2", "queued", "Tue, 31 Aug 2010 21:00:00 +0000") + "," +
                       call_json("CA0", "completed", "Mon, 30 Aug 2010 20:00:00 +0000") +
                       R"(],"next_page_uri":null,"page":0})");
  will_answer(200, R"({"calls":[)" + call_json("CA3", "busy", "Tue, 31 Aug 2010 20:30:00 +0000") + "," +
                       call_json("CA1", "completed", "Tue, 31 Aug 2010 20:00:00 +0000") + R"(]})");
  const auto calls = run(carrier_->find_calls(account_, "+919876543210", 1283284000000));
  ASSERT_TRUE(calls) << describe(calls.error().error);
  std::vector<std::string> ids;
  for (const CallReport& call : *calls)
    ids.push_back(call.carrier_call_id);
  EXPECT_THAT(ids, ElementsAre("CA2", "CA3", "CA1"));
  EXPECT_THAT(asked(0).query, HasSubstr("To=%2B919876543210"));
  EXPECT_THAT(asked(1).query, HasSubstr("From=%2B919876543210"));
}

TEST_F(TwilioCarrierTest, ListsTheNumbersOfAllPages) {
  will_answer(200,
              R"({"incoming_phone_numbers":[{"phone_number":"+18089255327","friendly_name":"(808) 925-5327",
      "voice_application_sid":"","voice_url":"https://h/x"}],"next_page_uri":
      "/2010-04-01/Accounts/AC123/IncomingPhoneNumbers.json?Page=1&PageToken=PNx"})");
  will_answer(200, R"({"incoming_phone_numbers":[{"phone_number":"+18089255328","friendly_name":null,
      "voice_application_sid":"AP1"},7,{}],"next_page_uri":"https://evil.example/2010-04-01/"})");
  const auto numbers = run(carrier_->own_numbers(account_));
  ASSERT_TRUE(numbers) << describe(numbers.error().error);
  ASSERT_EQ(numbers->size(), 2U);
  EXPECT_EQ(numbers->at(0).number, "+18089255327");
  EXPECT_EQ(numbers->at(0).name, "(808) 925-5327");
  EXPECT_EQ(numbers->at(0).app_id, "https://h/x");
  EXPECT_EQ(numbers->at(1).app_id, "AP1");
  EXPECT_EQ(asked(1).query, "Page=1&PageToken=PNx");
}

TEST_F(TwilioCarrierTest, SaysWhetherTheAccountWorks) {
  will_answer(200, R"({"sid":"AC123","status":"active","type":"Full","friendly_name":"x","auth_token":"y"})");
  const auto state = run(carrier_->check(account_));
  ASSERT_TRUE(state) << describe(state.error().error);
  EXPECT_EQ(asked().path, "/2010-04-01/Accounts/AC123.json");
  EXPECT_EQ(state->summary, "active, Full");
  will_answer(200, R"({"sid":"AC123","status":"suspended"})");
  const auto suspended = run(carrier_->check(account_));
  ASSERT_FALSE(suspended);
  EXPECT_THAT(suspended.error().error.message, HasSubstr("the account is suspended"));
  will_answer(200, "not json");
  EXPECT_FALSE(run(carrier_->check(account_)));
}

TEST_F(TwilioCarrierTest, FetchesARecording) {
  will_answer(200, "RIFF", {}, "audio/x-wav");
  const auto file = run(carrier_->fetch_recording(
      account_, account_.base_url + "/2010-04-01/Accounts/AC123/Recordings/RE1", 1000));
  ASSERT_TRUE(file) << describe(file.error().error);
  EXPECT_EQ(file->bytes, "RIFF");
  EXPECT_EQ(asked().header("authorization"), net::basic_authorization("AC123", "s3cret-token"));
}

TEST_F(TwilioCarrierTest, AnswersInTwiml) {
  const auto answer = carrier_->answer(StreamAnswer{.say = "", .stream_url = "wss://h/x", .parameters = {}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.content_type, "text/xml; charset=utf-8");
  EXPECT_THAT(answer.body,
              HasSubstr(R"(<Connect><Stream url="wss://h/x"></Stream></Connect><Pause length="4"/>)"));
  EXPECT_EQ(carrier_->name(), "twilio");
  const Fields form{{"CallSid", "CA1"}};
  const auto verified = carrier_->verify(account_, {.url = "https://h/x", .signature = "no", .form = form});
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, Errc::permission_denied);
}

}  // namespace
}  // namespace parley::carrier
