#include "api/tests/api_fixture.hpp"

namespace parley::api {
namespace {

using testing::HasSubstr;

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
    EXPECT_THAT(header(answer, "Content-Security-Policy"), HasSubstr("connect-src 'self';"));
    EXPECT_EQ(header(answer, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(header(answer, "Referrer-Policy"), "no-referrer");
    EXPECT_THAT(header(answer, "Permissions-Policy"), HasSubstr("microphone=(self)"));
    EXPECT_EQ(header(answer, "Cache-Control"), "no-store");
    EXPECT_EQ(header(answer, "Strict-Transport-Security"), "");
  }
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
