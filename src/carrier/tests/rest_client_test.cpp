#include "carrier/rest_client.hpp"

#include "carrier/json_text.hpp"
#include "carrier/tests/rest_fixture.hpp"

namespace parley::carrier {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using Outcome = CarrierError::Outcome;

class RestClientTest : public RestTest {
 protected:
  void SetUp() override {
    RestTest::SetUp();
    options_.name = "Acme";
    options_.waits = {1ms, 1ms};
    options_.deadline = 5s;
    options_.read_refusal = [](const net::Response& response) -> Refusal {
      const auto body = parse_json_object(response.body);
      return body ? Refusal{text_member(*body, "code"), text_member(*body, "message")} : Refusal{};
    };
    account_.api_key = "key";
  }

  CarrierResult<net::Response> ask(RestRequest request) {
    RestClient client(executor(), clock_, *queue_, options_);
    return run(client.ask(account_, std::move(request)));
  }
  CarrierResult<net::Response> post() {
    RestRequest request;
    request.method = "POST";
    request.url = account_.base_url + "/Calls.json";
    request.content_type = "application/x-www-form-urlencoded";
    request.body = "To=1";
    return ask(std::move(request));
  }
  CarrierResult<net::Response> get() {
    RestRequest request;
    request.url = account_.base_url + "/Calls.json?To=1";
    request.repeatable = true;
    return ask(std::move(request));
  }
  CarrierResult<RecordingFile> fetch(std::string url) {
    RestClient client(executor(), clock_, *queue_, options_);
    return run(client.fetch_file(account_, std::move(url), 1000));
  }

  RestOptions options_;
};

TEST_F(RestClientTest, SendsTheCredentialsInAHeader) {
  will_answer(201, "{}");
  const auto answer = post();
  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_EQ(asked().method, "POST");
  EXPECT_EQ(asked().path, "/Calls.json");
  EXPECT_EQ(asked().header("authorization"), net::basic_authorization("key", "s3cret-token"));
  EXPECT_EQ(asked().header("content-type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(form(), "To=1");
}

TEST_F(RestClientTest, WhatNobodyWantsAnyMoreWhenItsTurnHasComeIsNotSent) {
  RestRequest request;
  request.url = account_.base_url + "/x";
  request.still_wanted = [] { return false; };
  const auto answer = ask(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().outcome, Outcome::not_done);
  EXPECT_EQ(answer.error().error.code, Errc::cancelled);
  EXPECT_TRUE(asked_.empty());
}

TEST_F(RestClientTest, ARefusalSaysThatNothingWasDoneAndWhy) {
  will_answer(403, R"({"code":21210,"message":"From +918047112233 of s3cret-token is not verified"})");
  const auto answer = post();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().outcome, Outcome::not_done);
  EXPECT_EQ(answer.error().http_status, 403);
  EXPECT_EQ(answer.error().code, "21210");
  EXPECT_EQ(answer.error().error.code, Errc::permission_denied);
  const std::string& words = answer.error().error.message;
  EXPECT_THAT(words, HasSubstr("Acme answered 403 (code 21210)"));
  EXPECT_THAT(words, HasSubstr("is not verified"));
  EXPECT_THAT(words, Not(HasSubstr("s3cret")));
  EXPECT_THAT(words, Not(HasSubstr("8047112233")));
}

TEST_F(RestClientTest, WhatLeavesOpenWhetherItWasDoneIsNeverSentAgain) {
  for (const int status : {408, 429, 500, 502, 503, 504, 301, 303}) {
    asked_.clear();
    will_answer(status, "<html>Bad Gateway</html>");
    const auto answer = post();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().outcome, Outcome::unknown) << status;
    EXPECT_EQ(asked_.size(), 1U) << status;
    clock_.advance(1min);  // the account is open again
  }
}

TEST_F(RestClientTest, TooManyRequestsAreARefusalWhereTheCarrierPromisesIt) {
  options_.too_many_is_not_done = true;
  will_answer(429, "", {{"Retry-After", "7"}});
  const auto answer = post();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().outcome, Outcome::not_done);
  EXPECT_EQ(answer.error().retry_after, 7s);
}

TEST_F(RestClientTest, TooManyRequestsCloseTheAccountForAWhile) {
  // Timers of the queue fire by its clock, so patience ends by the real one.
  queue_.emplace(executor(), system_clock(),
                 RequestQueueOptions{.per_minute = 6000, .burst = 100, .most_waiting = 10});
  options_.patience = 1ms;
  will_answer(429, "", {{"Retry-After", "60"}});
  ASSERT_FALSE(post());
  const auto next = post();
  ASSERT_FALSE(next);
  EXPECT_EQ(next.error().outcome, Outcome::not_done);
  EXPECT_EQ(next.error().error.code, Errc::timeout);
  EXPECT_EQ(asked_.size(), 1U);
  // The same account, set up a second time, is closed as well; another one is not.
  account_.id = "01SECONDCONFIGURATION";
  EXPECT_EQ(post().error().error.code, Errc::timeout);
  EXPECT_EQ(asked_.size(), 1U);
  account_.sid = "AC999";
  will_answer(200, "{}");
  EXPECT_TRUE(post());
}

TEST_F(RestClientTest, WhatOnlyReadsIsTriedAgain) {
  will_answer(503, "");
  will_answer(500, "");
  will_answer(200, "{}");
  const auto answer = get();
  ASSERT_TRUE(answer) << describe(answer.error().error);
  EXPECT_EQ(asked_.size(), 3U);
}

TEST_F(RestClientTest, WhatOnlyReadsIsNotTriedForEver) {
  for (int i = 0; i < 5; ++i)
    will_answer(503, "");
  ASSERT_FALSE(get());
  EXPECT_EQ(asked_.size(), 3U);
  asked_.clear();
  answers_.clear();
  will_answer(404, "");
  const auto answer = get();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().error.code, Errc::not_found);
  EXPECT_EQ(asked_.size(), 1U) << "asking again does not help";
}

TEST_F(RestClientTest, NobodyAtTheDoorMeansThatNothingWasDone) {
  server_.reset();
  const auto answer = post();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().outcome, Outcome::not_done);
  EXPECT_EQ(answer.error().error.code, Errc::unavailable);
}

TEST_F(RestClientTest, AConnectionThatBreaksBehindTheRequestLeavesItOpen) {
  net::RawServer raw(executor(), [](const std::string&) { return net::RawReply{"", true}; });
  account_.base_url = raw.address("");
  const auto answer = post();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().outcome, Outcome::unknown);
  EXPECT_EQ(raw.requests().size(), 1U);
}

TEST_F(RestClientTest, ARestingConnectionThatBreaksDoesNotSendTheRequestTwice) {
  net::RawServer raw(executor(), [&raw](const std::string&) {
    return raw.requests().size() == 1 ? net::RawReply{net::ok("{}")} : net::RawReply{"", true};
  });
  account_.base_url = raw.address("");
  ASSERT_TRUE(post());
  const auto answer = post();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().outcome, Outcome::unknown);
  EXPECT_EQ(raw.requests().size(), 2U);
}

TEST_F(RestClientTest, AnEndlessAnswerIsNotRead) {
  will_answer(200, std::string(9000, 'x'));
  RestRequest request;
  request.url = account_.base_url + "/x";
  request.max_body_bytes = 1000;
  const auto answer = ask(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().outcome, Outcome::unknown);
}

TEST_F(RestClientTest, AFileOfTheCarriersOwnIsFetchedWithCredentials) {
  will_answer(302, "", {{"Location", "/stored/RE1.wav"}});
  will_answer(200, "RIFF", {}, "audio/x-wav");
  const auto file = fetch(account_.base_url + "/Recordings/RE1");
  ASSERT_TRUE(file) << describe(file.error().error);
  EXPECT_EQ(file->content_type, "audio/x-wav");
  EXPECT_EQ(file->bytes, "RIFF");
  EXPECT_EQ(asked(1).path, "/stored/RE1.wav");
  EXPECT_EQ(asked(1).header("authorization"), net::basic_authorization("key", "s3cret-token"));
}

TEST_F(RestClientTest, AFileElsewhereMustBePublicAndGetsNoCredentials) {
  const std::string url = account_.base_url + "/metadata";
  account_.base_url = "https://api.acme.example";
  const auto file = fetch(url);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().error.code, Errc::permission_denied);
  EXPECT_TRUE(asked_.empty());
  for (const char* bad : {"", "file:///etc/passwd", "ftp://api.acme.example/x", "https://"}) {
    const auto refused = fetch(bad);
    ASSERT_FALSE(refused) << bad;
    EXPECT_EQ(refused.error().error.code, Errc::invalid_argument) << bad;
  }
}

TEST_F(RestClientTest, AFileThatIsTooBigOrLeadsInCirclesIsGivenUp) {
  will_answer(200, std::string(1001, 'x'), {}, "audio/x-wav");
  EXPECT_FALSE(fetch(account_.base_url + "/big"));
  for (int i = 0; i < 10; ++i)
    will_answer(302, "", {{"Location", "/again"}});
  const auto file = fetch(account_.base_url + "/again");
  ASSERT_FALSE(file);
  EXPECT_THAT(file.error().error.message, HasSubstr("without end"));
  EXPECT_EQ(asked_.size(), 5U);
}

}  // namespace
}  // namespace parley::carrier
