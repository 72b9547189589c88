#include "api/api.hpp"

#include <future>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "api/tests/api_fixture.hpp"
#include "async/sleep.hpp"

namespace parley::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(ApiTest, AProgramOnThisMachineNeedsNoLoginWhileThereAreNoUsers) {
  EXPECT_EQ(ask("GET", "/api/v1/things").status, 200);
  EXPECT_EQ(last_->principal.kind, control::Principal::Kind::local);
  EXPECT_EQ(last_->workspace(), storage::kDefaultWorkspace);
  make_owner();
  const auto refused = ask("GET", "/api/v1/things");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(problem(refused).at("type"), "urn:parley:problem:unauthenticated");
  EXPECT_EQ(header(refused, "WWW-Authenticate"), "Bearer realm=\"parley\"");
}

TEST_F(ApiTest, WhatWasForwardedOrComesFromElsewhereIsNotLocal) {
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"x-forwarded-for", "198.51.100.1"}}).status, 401);
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"host", "rebound.example"}}).status, 401);
  auto remote = request("GET", "/api/v1/things");
  remote.remote_address = "198.51.100.1";
  EXPECT_EQ(ask(std::move(remote)).status, 401);
  EXPECT_EQ(handled_, 0);
}

TEST_F(ApiTest, WhatATrustedProxyBringsIsNotLocalWhateverItSays) {
  const std::vector<std::string> proxies{"127.0.0.1"};
  options_.trusted_proxies = settings::IpAllowList::parse(proxies).value();
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"host", "127.0.0.1:8080"}}).status, 401);
}

TEST_F(ApiTest, AKeyMayWhatItsScopesSay) {
  const std::string key = make_key({"things:write"});
  make_owner();
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"authorization", "Bearer " + key}}).status, 200);
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"x-api-key", key}}).status, 200);
  EXPECT_EQ(last_->principal.kind, control::Principal::Kind::api_key);
  EXPECT_EQ(ask("POST", "/api/v1/things", {{"authorization", "bearer " + key}}, R"({"name":"x"})").status,
            200);
  const auto refused = ask("DELETE", "/api/v1/things/a", {{"authorization", "Bearer " + key}});
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(problem(refused).at("detail"), "this needs the right things:admin");
}

TEST_F(ApiTest, WhatGoesOnCanAskWhetherItStillMay) {
  ask("GET", "/api/v1/things");
  const auto local = last_->still_may;
  EXPECT_TRUE(local());
  make_owner();
  EXPECT_FALSE(local());
  const auto key = access_.create_api_key(control::local_principal(), "test", {"things:read"}, 0).value();
  ask("GET", "/api/v1/things", {{"x-api-key", key.token}});
  const auto by_key = last_->still_may;
  EXPECT_TRUE(by_key());
  EXPECT_TRUE(store_->revoke_api_key(key.record.workspace_id, key.record.id, 1));
  EXPECT_FALSE(by_key());
}

TEST_F(ApiTest, AWrongKeyIsNoLocalRequest) {
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"authorization", "Bearer pk_wrong"}}).status, 401);
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"x-api-key", std::string(5000, 'x')}}).status, 401);
  EXPECT_EQ(handled_, 0);
  // Public operations are nobody's then.
  EXPECT_EQ(ask("GET", "/api/v1/open", {{"x-api-key", "pk_wrong"}}).status, 200);
  EXPECT_EQ(last_->principal.kind, control::Principal::Kind::nobody);
}

TEST_F(ApiTest, ACookieIsAUserAndChangesNeedItsToken) {
  const control::Login login = make_owner();
  const std::string cookie = "a=b; parley_session=" + login.token + "; c=d";
  EXPECT_EQ(ask("GET", "/api/v1/things", {{"cookie", cookie}}).status, 200);
  EXPECT_EQ(last_->principal.kind, control::Principal::Kind::user);
  EXPECT_EQ(last_->cookie, login.token);
  const auto refused = ask("POST", "/api/v1/things", {{"cookie", cookie}}, R"({"name":"x"})");
  EXPECT_EQ(refused.status, 403);
  EXPECT_THAT(refused.body, HasSubstr("X-CSRF-Token"));
  EXPECT_EQ(ask("POST", "/api/v1/things", {{"cookie", cookie}, {"x-csrf-token", login.csrf_token}},
                R"({"name":"x"})")
                .status,
            200);
  EXPECT_EQ(ask("POST", "/api/v1/things",
                {{"cookie", cookie}, {"x-csrf-token", login.csrf_token}, {"origin", "https://evil.example"}},
                R"({"name":"x"})")
                .status,
            403);
  EXPECT_EQ(handled_, 2);
}

TEST_F(ApiTest, AnAddressWithoutAnOperationIsAProblem) {
  const auto missing = ask("GET", "/api/v1/nothing");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(problem(missing).at("type"), "urn:parley:problem:not-found");
  const auto wrong = ask("PATCH", "/api/v1/things");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(header(wrong, "Allow"), "GET, HEAD, POST, OPTIONS");
  EXPECT_EQ(problem(wrong).at("status"), 405);
  EXPECT_TRUE(api().knows("/api/v1/things/abc"));
  EXPECT_TRUE(api().knows("/api/v1/things/abc/"));
  EXPECT_FALSE(api().knows("/api/v1/things/abc/def"));
  EXPECT_FALSE(api().knows("/api/v1/things//"));
  EXPECT_FALSE(api().knows("/"));
}

TEST_F(ApiTest, ALiteralSegmentWinsOverAParameter) {
  EXPECT_THAT(ask("GET", "/api/v1/things/special").body, HasSubstr("getSpecial"));
  EXPECT_THAT(ask("GET", "/api/v1/things/special2").body, HasSubstr("getThing"));
  EXPECT_EQ(last_->id("id"), "special2");
}

TEST_F(ApiTest, HeadIsAskedAsGet) {
  EXPECT_EQ(ask("HEAD", "/api/v1/things").status, 200);
}

TEST_F(ApiTest, PathsQueriesAndBodiesAreChecked) {
  EXPECT_THAT(errors(ask("GET", "/api/v1/things/a-b")),
              ElementsAre("/path/id must be text of at most 20 characters that matches ^[A-Za-z0-9]+$"));
  EXPECT_THAT(errors(ask("GET", "/api/v1/things/" + std::string(10'000, 'a'))).size(), 1);
  EXPECT_THAT(errors(ask("GET", "/api/v1/things?limit=0&text=toolong&colour=red&live=maybe")),
              ElementsAre("/query/limit must be a whole number from 1 to 200",
                          "/query/text must be text of 1 to 5 characters",
                          "/query/colour is not known here; known are limit, text, live",
                          "/query/live must be true or false"));
  EXPECT_THAT(errors(ask("GET", "/api/v1/things?limit=1&limit=2")),
              ElementsAre("/query/limit stands twice: give it once"));
  EXPECT_THAT(errors(ask("POST", "/api/v1/things", {}, R"({"nmae":"x","size":0})")),
              ElementsAre("/body/name is missing: it must be text of 1 to 10 characters",
                          "/body/nmae is not known here (did you mean name?); known are name, size",
                          "/body/size must be a whole number from 1 to 9 or null"));
  EXPECT_THAT(errors(ask("POST", "/api/v1/things")), ElementsAre("/body is missing"));
  EXPECT_EQ(handled_, 0);
  EXPECT_EQ(ask("GET", "/api/v1/things?live=true&text=%C3%A9").status, 200);
  EXPECT_EQ(last_->query, (OpenApi::Values{{"limit", "50"}, {"live", "true"}, {"text", "é"}}));
}

TEST_F(ApiTest, BodiesOfAnotherTypeOrSizeAreRefused) {
  const auto type = ask("POST", "/api/v1/things", {{"content-type", "text/plain"}}, R"({"name":"x"})");
  EXPECT_EQ(type.status, 415);
  EXPECT_THAT(type.body, HasSubstr("application/json"));
  EXPECT_EQ(
      ask("POST", "/api/v1/things", {{"content-type", "Application/JSON; charset=utf-8"}}, R"({"name":"x"})")
          .status,
      200);
  EXPECT_EQ(ask("POST", "/api/v1/things", {}, R"({"name":")" + std::string(1000, 'x') + "\"}").status, 413);
  EXPECT_EQ(api().body_limit("POST", "/api/v1/things"), 1000U);
  EXPECT_EQ(api().body_limit("GET", "/api/v1/things/1"), 256U * 1024);
  EXPECT_EQ(ask("DELETE", "/api/v1/things/a", {}, "{}").status, 400);
}

TEST_F(ApiTest, AnEtagIsSentAndComparedWithWhatTheClientHas) {
  api().on("getThing", [](const ApiRequest&) -> ApiResult {
    ApiAnswer answer;
    answer.body = boost::json::object{{"name", "x"}};
    answer.etag = 7;
    return answer;
  });
  EXPECT_EQ(header(ask("GET", "/api/v1/things/a"), "ETag"), "\"7\"");
  for (const char* known : {"\"7\"", "W/\"7\"", "\"6\", \"7\"", "*"}) {
    const auto same = ask("GET", "/api/v1/things/a", {{"if-none-match", known}});
    EXPECT_EQ(same.status, 304) << known;
    EXPECT_EQ(same.body, "");
    EXPECT_EQ(header(same, "ETag"), "\"7\"");
  }
  EXPECT_EQ(ask("GET", "/api/v1/things/a", {{"if-none-match", "\"8\""}}).status, 200);
}

TEST_F(ApiTest, IfMatchIsAnEtagOrAStar) {
  EXPECT_EQ(ask("DELETE", "/api/v1/things/a", {{"if-match", "\"12\""}}).status, 200);
  EXPECT_EQ(last_->if_match, 12);
  EXPECT_EQ(ask("DELETE", "/api/v1/things/a", {{"if-match", "*"}}).status, 200);
  EXPECT_EQ(last_->if_match, 0);
  for (const char* wrong : {"12", "W/\"12\"", "\"x\"", "\"0\"", "\"1\", \"2\"", "\"\""})
    EXPECT_EQ(ask("DELETE", "/api/v1/things/a", {{"if-match", wrong}}).status, 400) << wrong;
}

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

TEST_F(ApiTest, TooManyRequestsAreToldWhenToComeBack) {
  options_.requests_per_second = 2;
  int good = 0;
  net::HttpResponse last;
  for (int i = 0; i < 9; ++i) {
    last = ask("GET", "/api/v1/open");
    if (last.status == 200) ++good;
  }
  EXPECT_EQ(good, 8);
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(header(last, "Retry-After"), "1");
  EXPECT_EQ(problem(last).at("type"), "urn:parley:problem:too-many-requests");
  // Another client is not concerned, and time heals.
  auto other = request("GET", "/api/v1/open");
  other.remote_address = "198.51.100.1";
  EXPECT_EQ(ask(std::move(other)).status, 200);
  clock_.advance(1s);
  EXPECT_EQ(ask("GET", "/api/v1/open").status, 200);
}

TEST_F(ApiTest, WhoMakesUpKeysHasOnlyOneAddress) {
  options_.requests_per_second = 1;
  int refused = 0;
  for (int i = 0; i < 40; ++i) {
    if (ask("GET", "/api/v1/things", {{"x-api-key", fmt::format("pk_{}", i)}}).status == 429) ++refused;
  }
  EXPECT_EQ(refused, 8);  // of 1 × 8 × 4
}

TEST_F(ApiTest, ClientsBehindATrustedProxyAreToldApart) {
  const std::vector<std::string> proxies{"10.0.0.0/8"};
  options_.trusted_proxies = settings::IpAllowList::parse(proxies).value();
  auto asked = request("GET", "/api/v1/open",
                       {{"x-forwarded-for", "203.0.113.9, 10.0.0.2"},
                        {"x-forwarded-proto", "https"},
                        {"x-forwarded-host", "voice.example.com"}});
  asked.remote_address = "10.0.0.1";
  const auto answer = ask(asked);
  EXPECT_EQ(last_->address, "203.0.113.9");
  EXPECT_TRUE(last_->secure);
  EXPECT_EQ(last_->base_url, "https://voice.example.com");
  EXPECT_NE(header(answer, "Strict-Transport-Security"), "");
  asked.remote_address = "192.0.2.1";
  ask(asked);
  EXPECT_EQ(last_->address, "192.0.2.1");
  EXPECT_FALSE(last_->secure);
  EXPECT_EQ(last_->base_url, "http://localhost:8080");
}

TEST_F(ApiTest, PublicUrlWinsOverWhatTheRequestSays) {
  options_.public_url = "https://voice.example.com";
  ask("GET", "/api/v1/open");
  EXPECT_EQ(last_->base_url, "https://voice.example.com");
}

TEST_F(ApiTest, PagesOfListedOriginsMayAsk) {
  options_.cors_origins = {"https://app.example"};
  const auto preflight = ask("OPTIONS", "/api/v1/things",
                             {{"origin", "https://app.example"}, {"access-control-request-method", "POST"}});
  EXPECT_EQ(preflight.status, 204);
  EXPECT_EQ(header(preflight, "Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_EQ(header(preflight, "Access-Control-Allow-Credentials"), "true");
  EXPECT_EQ(header(preflight, "Access-Control-Allow-Methods"), "GET, HEAD, POST, OPTIONS");
  EXPECT_THAT(header(preflight, "Access-Control-Allow-Headers"), HasSubstr("Idempotency-Key"));
  EXPECT_EQ(header(preflight, "Vary"), "Origin");

  const auto answer = ask("GET", "/api/v1/open", {{"origin", "https://app.example"}});
  EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "https://app.example");
  EXPECT_THAT(header(answer, "Access-Control-Expose-Headers"), HasSubstr("ETag"));
  const auto other = ask("GET", "/api/v1/open", {{"origin", "https://app.example.evil"}});
  EXPECT_EQ(header(other, "Access-Control-Allow-Origin"), "");
  EXPECT_EQ(header(other, "Vary"), "Origin");
}

TEST_F(ApiTest, AStarLetsEveryPageAskWithoutCookies) {
  options_.cors_origins = {"*"};
  const auto answer = ask("GET", "/api/v1/open", {{"origin", "https://any.example"}});
  EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(header(answer, "Access-Control-Allow-Credentials"), "");
}

TEST_F(ApiTest, WithoutOriginsThereIsNoCors) {
  const auto answer = ask("GET", "/api/v1/open", {{"origin", "https://any.example"}});
  EXPECT_EQ(header(answer, "Access-Control-Allow-Origin"), "");
}

TEST_F(ApiTest, AnswersCarrySecurityHeaders) {
  for (const char* path : {"/api/v1/open", "/api/v1/nothing"}) {
    const auto answer = ask("GET", path);
    EXPECT_THAT(header(answer, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'"));
    EXPECT_EQ(header(answer, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer");
    EXPECT_THAT(header(answer, "Permissions-Policy"), HasSubstr("microphone=(self)"));
    EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
    EXPECT_EQ(header(answer, "Strict-Transport-Security"), "");
  }
}

TEST_F(ApiTest, ProblemsOfOldAddressesHaveTheirMembersToo) {
  make_owner();
  const auto answer = ask("GET", "/api/old");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(problem(answer).at("success"), false);
  EXPECT_EQ(problem(answer).at("error"), problem(answer).at("detail"));
  EXPECT_FALSE(problem(ask("GET", "/api/v1/things")).contains("success"));
}

TEST_F(ApiTest, RequestsAreMeasuredByOperation) {
  ask("GET", "/api/v1/things");
  ask("GET", "/api/v1/things?limit=0");
  ask("GET", "/api/v1/nothing");
  const std::string text = registry_.expose();
  EXPECT_THAT(text, HasSubstr("parley_http_requests_total{operation=\"listThings\",status=\"2xx\"} 1"));
  EXPECT_THAT(text, HasSubstr("parley_http_requests_total{operation=\"listThings\",status=\"4xx\"} 1"));
  EXPECT_THAT(text, HasSubstr("parley_http_requests_total{operation=\"none\",status=\"4xx\"} 1"));
  EXPECT_THAT(text, HasSubstr("parley_http_request_seconds_count{operation=\"listThings\"} 2"));
}

TEST_F(ApiTest, OperationsAndHandlersMustMeet) {
  auto done = api().complete();
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().message, "operations without a handler: openSocket");
  api().on_socket("openSocket",
                  [](const auto&) -> async::Task<net::UpgradeAnswer> { co_return net::HttpResponse(); });
  EXPECT_TRUE(api().complete());
  api().on("getNothing", [](const ApiRequest&) -> ApiResult { return ApiAnswer(); });
  EXPECT_EQ(api().complete().error().message, "handlers without an operation: getNothing");
}

class SocketApiTest : public ApiTest {
 protected:
  // The status of an upgrade; 0 when it was accepted.
  int upgrade(Headers headers) {
    api().on_socket("openSocket", [this](const auto& asked) { return open_socket(asked); });
    return run(status_of(request("GET", "/api/v1/socket", std::move(headers))));
  }
  async::Task<int> status_of(net::HttpRequest asked) {
    auto answer = co_await api().handle_upgrade(std::move(asked));
    const auto* refused = std::get_if<net::HttpResponse>(&answer);
    co_return refused == nullptr ? 0 : refused->status;
  }
  async::Task<net::UpgradeAnswer> open_socket(std::shared_ptr<const ApiRequest> asked) {
    workspace_ = asked->workspace();
    co_return net::Upgrade{context_, {}, {}, {}};
  }
  std::string workspace_;
};

TEST_F(SocketApiTest, IsOpenedForWhomMay) {
  EXPECT_EQ(upgrade({}), 0);
  EXPECT_EQ(workspace_, storage::kDefaultWorkspace);
  const control::Login login = make_owner();
  EXPECT_EQ(upgrade({}), 401);
  EXPECT_EQ(upgrade({{"cookie", "parley_session=" + login.token}}), 0);
}

TEST_F(SocketApiTest, APageOfAnotherOriginCannotUseTheCookie) {
  const std::string cookie = "parley_session=" + make_owner().token;
  EXPECT_EQ(upgrade({{"cookie", cookie}, {"origin", "https://evil.example"}}), 403);
  EXPECT_EQ(upgrade({{"cookie", cookie}, {"origin", "http://localhost:8080"}}), 0);
}

TEST_F(SocketApiTest, AskedWithoutAnUpgradeItSaysWhatItIs) {
  api().on_socket("openSocket", [this](const auto& asked) { return open_socket(asked); });
  EXPECT_EQ(ask("GET", "/api/v1/socket").status, 426);
  EXPECT_EQ(run(status_of(request("GET", "/api/v1/things"))), 404);
}

}  // namespace
}  // namespace parley::api
