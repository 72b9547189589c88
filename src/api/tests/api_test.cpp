#include "api/api.hpp"

#include "api/tests/api_fixture.hpp"

namespace parley::api {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

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

TEST_F(ApiTest, PublicUrlWinsOverWhatTheRequestSays) {
  options_.public_url = "https://voice.example.com";
  ask("GET", "/api/v1/open");
  EXPECT_EQ(last_->base_url, "https://voice.example.com");
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

}  // namespace
}  // namespace parley::api
