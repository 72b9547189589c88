#include "api/front.hpp"

#include "api/core_routes.hpp"
#include "api/status_routes.hpp"
#include "api/tests/api_fixture.hpp"

namespace parley::api {
namespace {

using testing::HasSubstr;

class FrontTest : public ApiTest {
 protected:
  void SetUp() override {
    add_status_routes(router_, {[]() -> std::optional<std::string> { return std::nullopt; },
                                [] { return std::string("metrics"); },
                                [](std::string_view id) -> std::optional<std::string> {
                                  if (id != "c1") return std::nullopt;
                                  return "{}";
                                }});
    router_.upgrade(
        "/media", [](const auto&, const auto&) -> UpgradeDecision { return text_response(403, "not you"); });
    front_ = std::make_unique<Front>(api(), router_, settings::IpAllowList());
    handlers_ = front_->handlers();
  }
  net::HttpResponse get(std::string path) { return run(handlers_.request(request("GET", std::move(path)))); }
  async::Task<net::HttpResponse> refusal(net::HttpRequest asked) {
    auto answer = co_await handlers_.upgrade(std::move(asked));
    co_return std::get<net::HttpResponse>(std::move(answer));
  }

  Router router_;
  std::unique_ptr<Front> front_;
  net::HttpHandlers handlers_;
};

TEST_F(FrontTest, AsksTheApiFirstAndThenTheRest) {
  EXPECT_THAT(get("/api/v1/things").body, HasSubstr("listThings"));
  EXPECT_EQ(get("/healthz").body, "ok\n");
  EXPECT_EQ(get("/api/v1/calls/by-carrier-id/c1/transcript").body, "{}");
}

TEST_F(FrontTest, WhatIsMissingUnderTheApiIsAProblemElsewhereALine) {
  const auto missing = get("/api/v2/things");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(missing.content_type, "application/problem+json");
  EXPECT_EQ(get("/elsewhere").content_type, "text/plain; charset=utf-8");
  // An address of the router's own that has nothing for this id is left as it is.
  EXPECT_EQ(get("/api/v1/calls/by-carrier-id/c2/transcript").body, "no such call in memory\n");
}

TEST_F(FrontTest, EveryAnswerCarriesSecurityHeadersOnce) {
  for (const char* path : {"/healthz", "/elsewhere", "/api/v1/things", "/api/nothing", "/media"}) {
    const auto answer = get(path);
    const auto count = std::ranges::count(answer.headers, std::string("Content-Security-Policy"),
                                          &std::pair<std::string, std::string>::first);
    EXPECT_EQ(count, 1) << path;
  }
  const auto refused = run(refusal(request("GET", "/media")));
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(header(refused, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(run(refusal(request("GET", "/api/v1/things"))).status, 404);
}

TEST_F(FrontTest, BodiesAreLimitedByOperation) {
  EXPECT_EQ(handlers_.body_limit("POST", "/api/v1/things"), 1000U);
  EXPECT_EQ(handlers_.body_limit("POST", "/elsewhere"), 64U * 1024);
}

class CoreRoutesTest : public ApiTest {};

TEST_F(CoreRoutesTest, TheDescriptionIsServedAndTheServerIsAlive) {
  description_ = OpenApi::load().value();
  Api core({.description = description_,
            .access = access_,
            .store = *store_,
            .cache = *cache_,
            .pool = pool_,
            .control = context_,
            .clock = clock_,
            .registry = registry_,
            .options = options_});
  add_core_routes(core, description_, "1.2.3");
  pool_.stop();  // neither needs it
  const auto health = run(core.handle(request("GET", "/api/v1/health")));
  EXPECT_EQ(health.body, R"({"status":"ok","version":"1.2.3"})");
  EXPECT_EQ(run(core.handle(request("GET", "/health"))).body, health.body);
  const auto document = run(core.handle(request("GET", "/api/v1/openapi.json")));
  const auto parsed = boost::json::parse(document.body);
  EXPECT_EQ(parsed.at("openapi"), "3.1.0");
  EXPECT_EQ(parsed.at("servers").at(0).at("url"), "http://localhost:8080");
  EXPECT_TRUE(
      description_->check_answer(*description_->find("getOpenApi"), 200, document.content_type, document.body)
          .empty());
}

}  // namespace
}  // namespace parley::api
