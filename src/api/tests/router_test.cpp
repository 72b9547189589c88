#include "api/router.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>
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

async::Task<net::HttpResponse> say_handler(std::string word, net::HttpRequest request,
                                           PathParameters parameters) {
  std::string text = word + " " + request.method + " " + request.body;
  for (const auto& [name, value] : parameters)
    text += " " + name + "=" + value;
  co_return text_response(200, std::move(text));
}

struct ServedTest : ::testing::Test {
  Router router;

  void serve(std::string pattern, std::vector<std::string> methods, std::string word) {
    router.serve(std::move(pattern), std::move(methods), 10,
                 [word](net::HttpRequest request, PathParameters parameters) {
                   return say_handler(word, std::move(request), std::move(parameters));
                 });
  }
  net::HttpResponse ask(std::string method, std::string path, std::string body = {}) {
    net::HttpRequest request;
    request.method = std::move(method);
    request.path = std::move(path);
    request.body = std::move(body);
    async::asio::io_context context(1);
    auto answer = async::asio::co_spawn(context.get_executor(), router.answer(std::move(request)),
                                        async::asio::use_future);
    context.run();
    return answer.get();
  }
};

TEST_F(ServedTest, ALiteralSegmentBeatsAParameterWhateverWasAddedFirst) {
  serve("/hooks/incoming/{secret}", {"POST"}, "secret");
  serve("/hooks/{phone}/status", {"POST"}, "status");
  serve("/hooks/incoming/status", {"POST"}, "literal");
  serve("/hooks/incoming", {"POST"}, "bare");
  EXPECT_EQ(ask("POST", "/hooks/incoming/status").body, "literal POST \n");
  EXPECT_EQ(ask("POST", "/hooks/incoming/s3").body, "secret POST  secret=s3\n");
  EXPECT_EQ(ask("POST", "/hooks/p1/status").body, "status POST  phone=p1\n");
  EXPECT_EQ(ask("POST", "/hooks/incoming/").body, "bare POST \n");
  EXPECT_TRUE(router.serves("/hooks/incoming/x"));
  EXPECT_TRUE(router.knows("/hooks/incoming/x"));
  EXPECT_FALSE(router.serves("/hooks/other"));
}

TEST_F(ServedTest, MethodsAreNamedAndHeadIsAnsweredLikeGet) {
  serve("/greeting", {"GET", "POST"}, "hello");
  serve("/status", {"POST"}, "status");
  EXPECT_EQ(ask("HEAD", "/greeting").body, ask("GET", "/greeting").body);
  const auto refused = ask("DELETE", "/greeting");
  EXPECT_EQ(refused.status, 405);
  EXPECT_THAT(refused.headers, ElementsAre(Pair("Allow", "GET, HEAD, POST")));
  EXPECT_EQ(ask("HEAD", "/status").status, 405);
  EXPECT_EQ(ask("GET", "/nothing").status, 404);
}

TEST_F(ServedTest, ABodyHasItsLimit) {
  serve("/status", {"POST"}, "status");
  EXPECT_EQ(router.body_limit("/status"), 10U);
  EXPECT_EQ(router.body_limit("/other"), 0U);
  EXPECT_EQ(ask("POST", "/status", "0123456789").status, 200);
  EXPECT_EQ(ask("POST", "/status", "0123456789a").status, 413);
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
