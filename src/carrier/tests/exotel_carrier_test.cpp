// The carrier against a server that answers as Exotel does, and as it should not.
#include "carrier/tests/exotel_fixture.hpp"
#include "net/url.hpp"

namespace parley::carrier {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Outcome = CarrierError::Outcome;

constexpr const char* kCall = R"({"Call":{"Sid":"9c0b18bl","Status":"in-progress","From":"09876543210"}})";

using ExotelCarrierTest = ExotelFixture;

TEST_F(ExotelCarrierTest, ACallIsPlacedByOneRequestWithTheAccountsCredentials) {
  reply(200, kCall);
  const auto report = run(carrier().place(account_, request_));
  ASSERT_TRUE(report) << report.error().error.message;
  EXPECT_EQ(report->carrier_call_id, "9c0b18bl");
  EXPECT_EQ(report->progress, Progress::in_progress);
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].method, "POST");
  EXPECT_EQ(requests_[0].path, "/v1/Accounts/acme1/Calls/connect.json");
  EXPECT_EQ(requests_[0].header("authorization"), net::basic_authorization("the-key", "the-token"));
  EXPECT_EQ(requests_[0].header("content-type"), "application/x-www-form-urlencoded");
  EXPECT_THAT(net::parse_query(requests_[0].body), testing::Contains(testing::Pair("From", "+919876543210")));
}

TEST_F(ExotelCarrierTest, AnXmlAnswerIsAsGood) {
  reply(200,
        "<?xml "
        "version=\"1.0\"?><TwilioResponse><Call><Sid>9c0b18bl</Sid><Status>queued</Status></Call></"
        "TwilioResponse>",
        "application/xml");
  const auto report = run(carrier().place(account_, request_));
  ASSERT_TRUE(report) << report.error().error.message;
  EXPECT_EQ(report->progress, Progress::queued);
}

TEST_F(ExotelCarrierTest, ARefusalSurelyPlacedNothingAndNamesTheFix) {
  const std::vector<std::pair<int, const char*>> cases = {
      {400, "Invalid CallerId"}, {401, "token"}, {402, "balance"}, {403, "KYC"}, {404, "app id"}};
  for (const auto& [status, fix] : cases) {
    replies_.clear();
    reply(
        status,
        R"({"RestException":{"Status":400,"Message":"Invalid CallerId for +919876543210 the-token","Code":34010}})");
    const CarrierError error = place_error();
    EXPECT_EQ(error.outcome, Outcome::not_done) << status;
    EXPECT_EQ(error.http_status, status);
    EXPECT_EQ(error.code, "34010");
    EXPECT_THAT(error.error.message, AllOf(StartsWith("Exotel"), HasSubstr(fix)));
  }
  EXPECT_EQ(requests_.size(), cases.size());
}

TEST_F(ExotelCarrierTest, WhatLeavesItOpenIsAskedOnceOnly) {
  for (const int status : {408, 429, 500, 502, 503, 302}) {
    replies_.clear();
    requests_.clear();
    carrier_.reset();
    queue_.reset();
    reply(status, R"({"RestException":{"Status":503,"Message":"Service Unavailable","Code":35008}})",
          "application/json", {{"Retry-After", "7"}});
    const CarrierError error = place_error();
    EXPECT_EQ(error.outcome, Outcome::unknown) << status;
    EXPECT_EQ(error.retry_after, 7s) << status;
    EXPECT_EQ(requests_.size(), 1U) << status;
  }
}

TEST_F(ExotelCarrierTest, ATwoHundredThatIsNoCallLeavesItOpen) {
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"", "empty"},
      {"<!DOCTYPE html><html><body>login the-token</body></html>", "HTML"},
      {R"({"Call":{"Sid":"9c0b)", "cut off"},
      {"<TwilioResponse><Call>", "cut off"},
      {"OK", "neither"},
      {R"({"Call":{"Status":"queued"}})", "names no call"}};
  for (const auto& [body, words] : cases) {
    replies_.clear();
    requests_.clear();
    reply(200, body);
    const CarrierError error = place_error();
    EXPECT_EQ(error.outcome, Outcome::unknown) << body;
    EXPECT_THAT(error.error.message, HasSubstr(words));
    EXPECT_EQ(requests_.size(), 1U);
  }
}

TEST_F(ExotelCarrierTest, AnErrorInsideATwoHundredCountsAsItself) {
  reply(200, R"({"RestException":{"Status":403,"Message":"KYC of the-key","Code":340030}})");
  CarrierError error = place_error();
  EXPECT_EQ(error.outcome, Outcome::not_done);
  EXPECT_EQ(error.code, "340030");
  EXPECT_EQ(error.http_status, 403);
  EXPECT_THAT(error.error.message, HasSubstr("KYC"));
  replies_.clear();
  reply(200,
        "<TwilioResponse><RestException><Status>503</Status><Code>35008</Code></RestException></"
        "TwilioResponse>");
  error = place_error();
  EXPECT_EQ(error.outcome, Outcome::unknown);
  EXPECT_EQ(error.code, "35008");
}

TEST_F(ExotelCarrierTest, ASlowAnswerLeavesItOpenAndIsNotAskedAgain) {
  deadline_ = 50ms;
  slow_ = true;
  reply(200, kCall);
  const CarrierError error = place_error();
  EXPECT_EQ(error.outcome, Outcome::unknown);
  EXPECT_EQ(error.error.code, Errc::timeout);
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(ExotelCarrierTest, WhatNeverLeftWasNotDone) {
  reply(200, kCall);
  account_.base_url = "http://127.0.0.1:1";
  EXPECT_EQ(place_error().outcome, Outcome::not_done);
  account_.base_url = "http://no-such-host.invalid";
  EXPECT_EQ(place_error().outcome, Outcome::not_done);
  account_.base_url = own("");
  account_.base_url.replace(0, 4, "https");
  EXPECT_EQ(place_error().outcome, Outcome::not_done) << "TLS that fails";
  account_.base_url = own("");
  request_.to = "nonsense";
  const CarrierError error = place_error();
  EXPECT_EQ(error.outcome, Outcome::not_done);
  EXPECT_EQ(error.error.code, Errc::invalid_argument);
  request_.to = "+919876543210";
  request_.still_wanted = [] { return false; };
  EXPECT_EQ(place_error().error.code, Errc::cancelled);
  EXPECT_TRUE(requests_.empty());
}

TEST_F(ExotelCarrierTest, ReadingIsTriedAgain) {
  reply(503, "busy", "text/plain");
  reply(500, "", "text/plain");
  reply(200, R"({"Call":{"Sid":"9c0b18bl","Status":"completed","Duration":"17"}})");
  const auto report = run(carrier().describe(account_, "9c0b18bl"));
  ASSERT_TRUE(report) << report.error().error.message;
  EXPECT_EQ(report->seconds, 17);
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_EQ(requests_[2].path, "/v1/Accounts/acme1/Calls/9c0b18bl.json");
  EXPECT_EQ(requests_[2].query, "details=true");
}

TEST_F(ExotelCarrierTest, ReadingGivesUpAfterAWhileAndAtOnceWhenItIsRefused) {
  reply(503, "busy", "text/plain");
  error_of(run(carrier().describe(account_, "1")));
  EXPECT_EQ(requests_.size(), 3U);
  requests_.clear();
  replies_.clear();
  reply(404, "");
  const CarrierError error = error_of(run(carrier().describe(account_, "1")));
  EXPECT_EQ(error.error.code, Errc::not_found);
  EXPECT_EQ(requests_.size(), 1U);
  error_of(run(carrier().describe(account_, "../Calls")));
  EXPECT_EQ(requests_.size(), 1U);
}

TEST_F(ExotelCarrierTest, CallsOfANumberAreFoundOnBothSidesAndNewestFirst) {
  const auto call = [](std::string_view sid, std::string_view from, std::string_view to,
                       std::string_view time) {
    return fmt::format(
        R"({{"Sid":"{}","From":"{}","To":"{}","DateCreated":"2026-01-31 {}","Status":"completed"}})", sid,
        from, to, time);
  };
  reply(200,
        fmt::format(
            R"({{"Metadata":{{"NextPageUri":"/v1/Accounts/acme1/Calls.json?Before=x"}},"Calls":[{},{},{}]}})",
            call("one", "09876543210", "0441", "12:00:01"), call("old", "09876543210", "0441", "11:00:00"),
            call("other", "09999999999", "0441", "12:00:00")));
  reply(200, fmt::format(R"({{"Metadata":{{"NextPageUri":null}},"Calls":[{}]}})",
                         call("two", "+919876543210", "0441", "12:00:02")));
  reply(200, fmt::format(R"({{"Calls":[{},{}]}})", call("three", "0441", "09876543210", "12:00:03"),
                         call("one", "09876543210", "0441", "12:00:01")));
  const auto calls =
      run(carrier().find_calls(account_, "+919876543210", *parse_utc_time("2026-01-31T06:30:00Z")));
  ASSERT_TRUE(calls) << calls.error().error.message;
  std::vector<std::string> ids;
  for (const auto& found : *calls)
    ids.push_back(found.carrier_call_id);
  EXPECT_THAT(ids, ElementsAre("three", "two", "one"));
  ASSERT_EQ(requests_.size(), 3U);
  EXPECT_THAT(requests_[0].query,
              StartsWith("From=%2B919876543210%2C09876543210&DateCreated=gte%3A2026-01-31"));
  EXPECT_EQ(requests_[1].query, "Before=x");
  EXPECT_THAT(requests_[2].query, StartsWith("To="));
}

TEST_F(ExotelCarrierTest, OnlyALegCanBeHungUp) {
  reply(200, "{}");
  CarrierError error = error_of(run(carrier().end(account_, "9c0b18bl")));
  EXPECT_EQ(error.error.code, Errc::conflict);
  EXPECT_EQ(error.outcome, Outcome::not_done);
  EXPECT_TRUE(requests_.empty());
  account_.legs_url = own("");
  EXPECT_TRUE(run(carrier().end(account_, "leg1")));
  ASSERT_EQ(requests_.size(), 1U);
  EXPECT_EQ(requests_[0].method, "POST");
  EXPECT_EQ(requests_[0].path, "/v2/accounts/acme1/legs/leg1/actions/hangup");
  EXPECT_EQ(requests_[0].body, "{}");
  replies_.clear();
  reply(404, "");
  error = error_of(run(carrier().end(account_, "9c0b18bl")));
  EXPECT_EQ(error.error.code, Errc::conflict);
  EXPECT_EQ(error.outcome, Outcome::not_done);
}

TEST_F(ExotelCarrierTest, ATransferIsTheFlows) {
  const CarrierError error = error_of(run(carrier().transfer(account_, "9c0b18bl", "+919876543210")));
  EXPECT_EQ(error.error.code, Errc::conflict);
  EXPECT_EQ(error.outcome, Outcome::not_done);
}

TEST_F(ExotelCarrierTest, NumbersAndStreamsOfTheAccount) {
  reply(200, R"({"incoming_phone_numbers":[{"phone_number":"+914412345678","friendly_name":"Desk"}]})");
  const auto numbers = run(carrier().own_numbers(account_));
  ASSERT_TRUE(numbers) << numbers.error().error.message;
  EXPECT_EQ(numbers->at(0).number, "+914412345678");
  replies_.clear();
  reply(200,
        "<TwilioResponse><Stream><ActiveStreamCount>3</ActiveStreamCount><ThrottleLimit>100</ThrottleLimit></"
        "Stream></TwilioResponse>",
        "application/xml");
  const auto state = run(carrier().check(account_));
  ASSERT_TRUE(state) << state.error().error.message;
  EXPECT_EQ(state->summary, "active, 3 of 100 streams");
  EXPECT_EQ(requests_.back().path, "/v1/Accounts/acme1/ActiveStreams");
}

TEST_F(ExotelCarrierTest, WithoutStreamsTheCheckTellsWhetherTheCredentialsWork) {
  reply(404, "");
  reply(200, R"({"incoming_phone_numbers":[]})");
  const auto state = run(carrier().check(account_));
  ASSERT_TRUE(state) << state.error().error.message;
  EXPECT_THAT(state->summary, HasSubstr("streams are not on"));
  replies_.clear();
  reply(401, "");
  EXPECT_EQ(error_of(run(carrier().check(account_))).error.code, Errc::permission_denied);
}

TEST_F(ExotelCarrierTest, AnswersToTheWebhookOfACallAreItsXml) {
  const WebAnswer stream = carrier().answer(StreamAnswer{.say = "Hello! Please <wait> & \"hold\"\x01",
                                                         .stream_url = "wss://your-domain.com/ws/123?a=1&b=2",
                                                         .parameters = {{"sessionId", "session_123"}}});
  EXPECT_THAT(stream.content_type, StartsWith("application/xml"));
  EXPECT_THAT(stream.body,
              testing::EndsWith(
                  "<Response><Say>Hello! Please &lt;wait&gt; &amp; &quot;hold&quot;</Say><Connect><Stream "
                  "url=\"wss://your-domain.com/ws/123?a=1&amp;b=2\"><Parameter name=\"sessionId\" "
                  "value=\"session_123\"/></Stream></Connect></Response>"));
  const WebAnswer record =
      carrier().answer(RecordAnswer{.say = "Hello",
                                    .voice = "aria",
                                    .language = "en-IN",
                                    .action = "https://h/api/v1/webhooks/exotel/recording/sess_1"});
  EXPECT_THAT(record.body, testing::EndsWith(
                               "<Response><Say voice=\"aria\" language=\"en-IN\">Hello</Say><Record "
                               "action=\"https://h/api/v1/webhooks/exotel/recording/sess_1\" method=\"POST\" "
                               "maxLength=\"3600\" finishOnKey=\"#\"/></Response>"));
  EXPECT_THAT(carrier().answer(HangUpAnswer{.say = {}}).body,
              testing::EndsWith("<Response><Hangup/></Response>"));
  EXPECT_THAT(carrier().answer(ConnectAnswer{.to = {"+919876543210"}, .caller_id = {}, .announce = {}}).body,
              HasSubstr(R"("numbers":["+919876543210"])"));
  const Fields none;
  EXPECT_TRUE(carrier().verify(account_, {.url = "https://h/", .signature = {}, .form = none}));
}

}  // namespace
}  // namespace parley::carrier
