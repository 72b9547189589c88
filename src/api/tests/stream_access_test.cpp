#include "api/stream_access.hpp"

#include <gtest/gtest.h>

namespace parley::api {
namespace {

settings::IpAllowList list(std::vector<std::string> entries) {
  return settings::IpAllowList::parse(entries).value();
}

struct StreamAccessTest : ::testing::Test {
  StreamAccess::Options options;
  net::HttpRequest request;
  StreamAccessTest() { request.remote_address = "203.0.113.7"; }

  int status(const std::string& token = "") {
    const auto refused = StreamAccess(options).check(request, token);
    return refused ? refused->status : 0;
  }
};

TEST_F(StreamAccessTest, LetsEveryoneInWhenNothingIsConfigured) {
  EXPECT_EQ(status(), 0);
  EXPECT_EQ(status("any-token"), 0);
}

TEST_F(StreamAccessTest, AsksForUserAndPassword) {
  options.user = "exotel";
  options.password = "s3cret";
  EXPECT_EQ(status(), 401);
  request.headers = {{"authorization", "Basic ZXhvdGVsOndyb25n"}};
  EXPECT_EQ(status(), 401);
  request.headers = {{"authorization", "Basic ZXhvdGVsOnMzY3JldA=="}};
  EXPECT_EQ(status(), 0);
}

TEST_F(StreamAccessTest, AsksForTheTokenInThePath) {
  options.path_token = "abc";
  EXPECT_EQ(status(), 403);
  EXPECT_EQ(status("abd"), 403);
  EXPECT_EQ(status("abc"), 0);
}

TEST_F(StreamAccessTest, ATokenHandedOutForACallStandsForTheConfiguredOne) {
  options.path_token = "abc";
  options.token_opens = [](std::string_view token) { return token == "call_good"; };
  EXPECT_EQ(status("call_good"), 0);
  EXPECT_EQ(status("call_used"), 403);
  EXPECT_EQ(status("abc"), 0);
  EXPECT_EQ(status("abd"), 403);
  EXPECT_EQ(status(), 403);
}

TEST_F(StreamAccessTest, ATokenOfACallThatOpensNothingIsRefusedThoughNoTokenIsConfigured) {
  options.token_opens = [](std::string_view token) { return token == "call_good"; };
  EXPECT_EQ(status("call_good"), 0);
  EXPECT_EQ(status("call_used"), 403);
  EXPECT_EQ(status("call_"), 403);
  EXPECT_EQ(status("any-token"), 0) << "nothing is asked for";
  EXPECT_EQ(status(), 0);
}

TEST_F(StreamAccessTest, WithoutTokensOfCallsTheyAreTokensLikeOthers) {
  EXPECT_EQ(status("call_any"), 0);
  options.path_token = "call_abc";
  EXPECT_EQ(status("call_any"), 403);
  EXPECT_EQ(status("call_abc"), 0);
}

TEST_F(StreamAccessTest, ATokenOfACallDoesNotReplaceUserAndAddress) {
  options.token_opens = [](std::string_view) { return true; };
  options.user = "carrier";
  options.password = "s3cret";
  EXPECT_EQ(status("call_good"), 401);
  options.allow = list({"198.51.100.0/24"});
  EXPECT_EQ(status("call_good"), 403);
}

TEST_F(StreamAccessTest, HoldsToTheAllowList) {
  options.allow = list({"203.0.113.0/24"});
  EXPECT_EQ(status(), 0);
  request.remote_address = "198.51.100.1";
  EXPECT_EQ(status(), 403);
}

TEST_F(StreamAccessTest, BelievesForwardedAddressesOfTrustedProxiesOnly) {
  options.allow = list({"203.0.113.7"});
  options.trusted_proxies = list({"127.0.0.1", "10.0.0.0/8"});
  request.remote_address = "198.51.100.1";
  request.headers = {{"x-forwarded-for", "203.0.113.7"}};
  EXPECT_EQ(status(), 403) << "anyone can write that header";
  request.remote_address = "127.0.0.1";
  EXPECT_EQ(status(), 0);
  request.headers = {{"x-forwarded-for", "203.0.113.7, 198.51.100.9, 10.1.2.3"}};
  EXPECT_EQ(status(), 403) << "the client may have put the first address there itself";
  request.headers = {{"x-forwarded-for", "198.51.100.9, 203.0.113.7, 10.1.2.3"}};
  EXPECT_EQ(status(), 0);
  request.headers = {{"x-forwarded-for", "203.0.113.7"}, {"x-forwarded-for", "198.51.100.9"}};
  EXPECT_EQ(status(), 403) << "a proxy may add a line of its own after the client's";
  request.headers = {{"x-forwarded-for", "198.51.100.9"}, {"x-forwarded-for", "203.0.113.7"}};
  EXPECT_EQ(status(), 0);
}

}  // namespace
}  // namespace parley::api
