// POST /api/v1/calls and hanging up what has not been answered, by the published description.
#include "api/dial_routes.hpp"

#include <future>
#include <thread>

#include <boost/json.hpp>

#include "api/tests/api_fixture.hpp"

namespace parley::api {
namespace {

namespace json = boost::json;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kId = "01KAK8F7T2M4Q9V6W3X5Y7Z8AE";

class DialRoutesTest : public ApiTest {
 protected:
  DialRoutesTest() { description_ = OpenApi::load().value(); }

  net::HttpResponse place(const std::string& body, Headers headers = {}) {
    add_dial_routes(api(),
                    {.place = [this](const control::DialRequest& asked) -> Result<control::BookedCall> {
                      asked_.push_back(asked);
                      if (fails_) return fail(*fails_);
                      control::BookedCall call;
                      call.call_id = kId;
                      call.session_id = "s1";
                      call.workspace_id = asked.workspace_id;
                      call.direction = "outbound";
                      call.agent = asked.agent;
                      call.carrier = "exotel";
                      call.to = "+919876543210";
                      call.created_at = 1'700'000'000'000;
                      return call;
                    }});
    const auto answer = ask("POST", "/api/v1/calls", std::move(headers), body);
    EXPECT_THAT(description_->check_answer(*description_->find("placeCall"), answer.status,
                                           answer.content_type, answer.body),
                IsEmpty())
        << answer.body;
    return answer;
  }

  std::vector<control::DialRequest> asked_;
  std::optional<Error> fails_;
};

TEST_F(DialRoutesTest, ACallIsQueuedWithEverythingThatWasSaid) {
  const auto answer =
      place(R"({"to":"09876543210","agent":"desk","from":"+918030752400","variables":{"name":"Asha"},)"
            R"("customField":"order 7","sessionId":"s1","into":"stream","timeLimitSeconds":60,)"
            R"("ringTimeoutSeconds":20,"record":true,"recordBothChannels":true})");
  ASSERT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(header(answer, "Location"), std::string("/api/v1/calls/") + kId);
  const json::value body = json::parse(answer.body);
  EXPECT_EQ(body.at("status"), "queued");
  EXPECT_EQ(body.at("direction"), "outbound");
  EXPECT_TRUE(body.at("endedAt").is_null());
  ASSERT_EQ(asked_.size(), 1U);
  const control::DialRequest& asked = asked_[0];
  EXPECT_EQ(asked.workspace_id, "default");
  EXPECT_EQ(asked.variables.at("name"), "Asha");
  EXPECT_EQ(asked.into, control::DialRequest::Into::stream);
  EXPECT_EQ(asked.time_limit, std::chrono::seconds(60));
  EXPECT_EQ(asked.ring_timeout, std::chrono::seconds(20));
  EXPECT_TRUE(asked.record && asked.record_both_channels);
  ASSERT_EQ(audits().size(), 1U);
  EXPECT_EQ(audits()[0].target, std::string("call ") + kId);
}

TEST_F(DialRoutesTest, WhatCannotBeCalledIsRefusedBeforeAnybodyIsAsked) {
  const std::string many = [] {
    json::object variables;
    for (int i = 0; i < 51; ++i)
      variables["v" + std::to_string(i)] = "x";
    return json::serialize(json::object{{"to", "123"}, {"variables", std::move(variables)}});
  }();
  std::string large = R"({"to":"123","variables":{)";
  for (int i = 0; i < 20; ++i)
    large += fmt::format("{}\"v{}\":\"{}\"", i == 0 ? "" : ",", i, std::string(900, 'x'));
  large += "}}";
  for (const std::string& body :
       {std::string("{}"), std::string(R"({"to":"nobody"})"), many, large,
        std::string(R"({"to":"123","variables":{"a":1}})"),
        std::string(R"({"to":"123","variables":{"":"x"}})"), std::string(R"({"to":"123","into":"number"})"),
        std::string(R"({"to":"123","into":"elsewhere"})"),
        std::string(R"({"to":"123","timeLimitSeconds":14401})"),
        R"({"to":"123","customField":")" + std::string(129, 'x') + R"("})",
        // 64 characters, 192 bytes
        [] {
          std::string text = R"({"to":"123","customField":")";
          for (int i = 0; i < 64; ++i)
            text += "\xe0\xa4\xa8";
          return text + R"("})";
        }()}) {
    EXPECT_EQ(place(body).status, 400) << body.substr(0, 80);
  }
  EXPECT_THAT(asked_, IsEmpty());
}

TEST_F(DialRoutesTest, WhatTheDialerSaysIsTheProblem) {
  fails_ = Error{Errc::unavailable, "set PUBLIC_URL first"};
  const auto answer = place(R"({"to":"+919876543210"})");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(problem(answer).at("detail"), "set PUBLIC_URL first");
  fails_ = Error{Errc::overloaded, "50 calls of this account are open"};
  EXPECT_EQ(place(R"({"to":"+919876543210"})").status, 429);
}

TEST_F(DialRoutesTest, ARequestThatIsSentAgainWithItsKeyRingsOnce) {
  const Headers key{{"idempotency-key", "k1"}};
  const auto first = place(R"({"to":"+919876543210"})", key);
  const auto second = place(R"({"to":"+919876543210"})", key);
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(second.status, 201);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(asked_.size(), 1U);
  EXPECT_EQ(place(R"({"to":"+919876543211"})", key).status, 409);
}

TEST_F(DialRoutesTest, OnlyWhoMayWriteCallsMayPlaceThem) {
  make_owner();
  EXPECT_EQ(place(R"({"to":"+919876543210"})", {{"x-api-key", make_key({"calls:read"})}}).status, 403);
  EXPECT_EQ(place(R"({"to":"+919876543210"})", {{"x-api-key", make_key({"calls:write"})}}).status, 201);
}

async::Task<Result<void>> cancel_on_context(std::thread::id thread, std::string call_id) {
  if (std::this_thread::get_id() != thread) co_return fail(Errc::internal, "on another thread");
  if (call_id == "gone") co_return fail(Errc::not_found, "no such call");
  co_return Result<void>();
}

TEST_F(DialRoutesTest, CancellingWaitsForTheControlContext) {
  const auto cancel = waiting_cancel(executor(), [thread = std::this_thread::get_id()](std::string call_id) {
    return cancel_on_context(thread, std::move(call_id));
  });
  auto done = std::async(std::launch::async, [&] { return std::pair(cancel("c1"), cancel("gone")); });
  run_until([&] { return done.wait_for(0s) == std::future_status::ready; });
  const auto [fine, gone] = done.get();
  EXPECT_TRUE(fine) << fine.error().message;
  ASSERT_FALSE(gone);
  EXPECT_EQ(gone.error().code, Errc::not_found);
}

TEST_F(DialRoutesTest, AServerWithoutADialerSaysSo) {
  add_dial_routes(api(), {});
  const auto answer = ask("POST", "/api/v1/calls", {}, R"({"to":"+919876543210"})");
  EXPECT_EQ(answer.status, 503);
  EXPECT_THAT(answer.body, HasSubstr("places no calls"));
}

}  // namespace
}  // namespace parley::api
