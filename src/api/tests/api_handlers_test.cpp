#include <future>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "api/tests/api_fixture.hpp"
#include "async/sleep.hpp"

namespace parley::api {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(ApiTest, WhatChangesSomethingIsAudited) {
  const std::string key = make_key({"*:admin"});
  ask("GET", "/api/v1/things");
  ask("POST", "/api/v1/things", {}, "{}");  // refused
  EXPECT_THAT(audits(), IsEmpty());
  ask("POST", "/api/v1/things", {{"x-api-key", key}}, R"({"name":"x"})");
  const auto rows = audits();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].action, "makeThing");
  EXPECT_EQ(rows[0].target, "thing 7");
  EXPECT_THAT(rows[0].actor, testing::StartsWith("key:"));
  EXPECT_EQ(rows[0].address, "127.0.0.1");
}

TEST_F(ApiTest, AHandlersProblemIsAnsweredAndNotAudited) {
  api().on("deleteThing", [](const ApiRequest&) -> ApiResult { return std::unexpected(conflict("in use")); });
  const auto answer = ask("DELETE", "/api/v1/things/a");
  EXPECT_EQ(answer.status, 409);
  EXPECT_EQ(problem(answer).at("detail"), "in use");
  EXPECT_THAT(audits(), IsEmpty());
}

TEST_F(ApiTest, AHandlerThatThrowsIsA500WithoutItsWords) {
  api().on("getThing", [](const ApiRequest&) -> ApiResult { throw std::runtime_error("secret words"); });
  const auto answer = ask("GET", "/api/v1/things/a");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(problem(answer).at("type"), "urn:parley:problem:internal");
  EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
}

TEST_F(ApiTest, AHandlerThatIsLateIsAnsweredForAndItsAnswerDropped) {
  options_.handler_deadline = 10ms;
  std::promise<void> release;
  api().on("getThing", [waiting = release.get_future().share()](const ApiRequest&) -> ApiResult {
    waiting.wait();
    return ApiAnswer();
  });
  const auto answer = ask("GET", "/api/v1/things/a");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(header(answer, "Retry-After"), "1");
  release.set_value();
  pool_.stop();
  context_.restart();
  context_.poll();  // the late answer comes home to nobody
}

TEST_F(ApiTest, AFullPoolIsA503) {
  pool_.stop();
  const auto answer = ask("GET", "/api/v1/things");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(header(answer, "Retry-After"), "1");
}

TEST_F(ApiTest, AClientThatGoesAwayStopsNothingHalfWay) {
  std::promise<void> release;
  std::promise<void> begun;
  api().on("makeThing", [&, waiting = release.get_future().share()](const ApiRequest&) -> ApiResult {
    begun.set_value();
    waiting.wait();
    return ApiAnswer();
  });
  {
    async::asio::cancellation_signal gone;
    bool ended = false;
    async::asio::co_spawn(
        executor(), api().handle(request("POST", "/api/v1/things", {}, R"({"name":"x"})")),
        async::asio::bind_cancellation_slot(
            gone.slot(), [&](std::exception_ptr, const net::HttpResponse&) { ended = true; }));
    context_.restart();
    context_.poll();
    begun.get_future().wait();
    gone.emit(async::asio::cancellation_type::terminal);
    run_until([&] { return ended; });
  }
  release.set_value();
  pool_.stop();
  EXPECT_EQ(audits().size(), 1U);
  context_.restart();
  context_.poll();
}

TEST_F(ApiTest, StreamingHandlersRunOnTheControlContext) {
  api().on("getSpecial", nullptr);
  const auto thread = std::this_thread::get_id();
  api().on_stream("getSpecial", [thread](const std::shared_ptr<const ApiRequest>& asked) {
    EXPECT_EQ(std::this_thread::get_id(), thread);
    return [](std::string id) -> async::Task<net::HttpResponse> {
      net::HttpResponse response;
      response.body = std::move(id);
      co_return response;
    }(asked->operation->id);
  });
  const auto answer = ask("GET", "/api/v1/things/special", {{"last-event-id", "5"}});
  EXPECT_EQ(answer.body, "getSpecial");
  EXPECT_EQ(header(answer, "X-Content-Type-Options"), "nosniff");
  make_owner();
  EXPECT_EQ(ask("GET", "/api/v1/things/special").status, 401);
}

async::Task<net::HttpResponse> throw_something() {
  throw std::runtime_error("secret words");
  co_return net::HttpResponse();
}
async::Task<net::HttpResponse> accept() {
  net::HttpResponse response;
  response.status = 202;
  co_return response;
}

TEST_F(ApiTest, AStreamingHandlerThatThrowsIsA500) {
  api().on("getSpecial", nullptr);
  api().on_stream("getSpecial", [](const auto&) { return throw_something(); });
  const auto answer = ask("GET", "/api/v1/things/special");
  EXPECT_EQ(answer.status, 500);
  EXPECT_THAT(answer.body, Not(HasSubstr("secret")));
}

TEST_F(ApiTest, StreamingHandlersThatChangeSomethingAreAudited) {
  api().on("poke", nullptr);
  api().on_stream("poke", [](const auto&) { return accept(); });
  EXPECT_EQ(ask("POST", "/api/v1/things/special").status, 202);
  pool_.stop();
  ASSERT_EQ(audits().size(), 1U);
  EXPECT_EQ(audits()[0].action, "poke");
}

TEST_F(ApiTest, AClientThatGoesAwayInTheMiddleIsAuditedAllTheSame) {
  bool begun = false;
  api().on("poke", nullptr);
  api().on_stream("poke", [&](const auto&) {
    return [](async::Executor executor, bool& started) -> async::Task<net::HttpResponse> {
      started = true;
      co_await async::sleep_for(executor, 1h);
      co_return net::HttpResponse();
    }(executor(), begun);
  });
  async::asio::cancellation_signal gone;
  bool ended = false;
  async::asio::co_spawn(
      executor(), api().handle(request("POST", "/api/v1/things/special")),
      async::asio::bind_cancellation_slot(
          gone.slot(), [&](std::exception_ptr, const net::HttpResponse&) { ended = true; }));
  run_until([&] { return begun; });
  gone.emit(async::asio::cancellation_type::terminal);
  run_until([&] { return ended; });
  pool_.stop();
  ASSERT_EQ(audits().size(), 1U);
  EXPECT_EQ(audits()[0].action, "poke");
}

}  // namespace
}  // namespace parley::api
