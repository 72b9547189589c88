#include "api/router.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::api {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Pair;

TEST(MatchPath, TakesLiteralsAndParameters) {
  PathParameters parameters;
  EXPECT_TRUE(match_path("/media", "/media", parameters));
  EXPECT_TRUE(match_path("/media", "/media/", parameters));
  EXPECT_THAT(parameters, IsEmpty());
  EXPECT_TRUE(match_path("/api/telephony/ws/{phone_id}/{token}", "/api/telephony/ws/p1/t", parameters));
  EXPECT_THAT(parameters, ElementsAre(Pair("phone_id", "p1"), Pair("token", "t")));
}

TEST(MatchPath, RefusesWhatIsShorterLongerOrElsewhere) {
  PathParameters parameters;
  EXPECT_FALSE(match_path("/media", "/medi", parameters));
  EXPECT_FALSE(match_path("/media", "/media/x", parameters));
  EXPECT_FALSE(match_path("/media/{token}", "/media", parameters));
  EXPECT_FALSE(match_path("/media/{token}", "/media/", parameters));
  EXPECT_FALSE(match_path("/a/b", "/a", parameters));
}

struct RouterTest : ::testing::Test {
  Router router;
  net::HttpRequest request;
  RouterTest() {
    router.get("/healthz", [](const auto&, const auto&) { return text_response(200, "ok"); });
    router.upgrade("/media",
                   [](const auto&, const auto&) -> UpgradeDecision { return text_response(401, "no"); });
    request.method = "GET";
  }
};

TEST_F(RouterTest, AnswersWhatItKnowsAndSaysWhatItDoesNot) {
  request.path = "/healthz";
  EXPECT_EQ(router.handle(request).status, 200);
  request.path = "/nothing";
  EXPECT_EQ(router.handle(request).status, 404);
}

TEST_F(RouterTest, NamesTheMethodThatIsAllowed) {
  request.path = "/healthz";
  request.method = "POST";
  const auto response = router.handle(request);
  EXPECT_EQ(response.status, 405);
  EXPECT_THAT(response.headers, ElementsAre(Pair("Allow", "GET, HEAD")));
}

TEST_F(RouterTest, TellsAPlainRequestThatAnAddressIsAWebSocket) {
  request.path = "/media";
  EXPECT_EQ(router.handle(request).status, 426);
  EXPECT_EQ(std::get<net::HttpResponse>(router.handle_upgrade(request)).status, 401);
  request.path = "/other";
  EXPECT_EQ(std::get<net::HttpResponse>(router.handle_upgrade(request)).status, 404);
}

}  // namespace
}  // namespace parley::api
