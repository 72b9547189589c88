#include "api/status_routes.hpp"

#include <gtest/gtest.h>

namespace parley::api {
namespace {

struct StatusRoutesTest : ::testing::Test {
  Router router;
  net::HttpRequest request;
  std::optional<std::string> not_ready;

  StatusRoutesTest() {
    add_status_routes(router, {[this] { return not_ready; }, [] { return std::string("metrics"); },
                               [](std::string_view id) -> std::optional<std::string> {
                                 if (id == "known") return "{}";
                                 return std::nullopt;
                               }});
    request.method = "GET";
    request.remote_address = "127.0.0.1";
    request.headers = {{"host", "127.0.0.1:8080"}};
  }
  int status(std::string path) {
    request.path = std::move(path);
    return router.handle(request).status;
  }
};

TEST_F(StatusRoutesTest, ReadinessFollowsTheServerAndHealthDoesNot) {
  EXPECT_EQ(status("/readyz"), 200);
  not_ready = "draining";
  EXPECT_EQ(status("/readyz"), 503);
  EXPECT_EQ(status("/healthz"), 200);
}

TEST_F(StatusRoutesTest, TranscriptsAreForPeersOnThisMachineOnly) {
  const std::string path = "/api/v1/calls/by-carrier-id/known/transcript";
  EXPECT_EQ(status(path), 200);
  EXPECT_EQ(status("/api/v1/calls/by-carrier-id/other/transcript"), 404);
  for (const char* name : {"x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "via"}) {
    request.headers = {{"host", "localhost"}, {name, "203.0.113.5"}};
    EXPECT_EQ(status(path), 403) << name << ": a tunnel on this machine brings strangers in";
  }
  request.headers = {{"host", "voice.example.com"}};
  EXPECT_EQ(status(path), 403) << "a name that was made to point here";
  request.headers = {{"host", "localhost"}, {"origin", "https://example.com"}};
  EXPECT_EQ(status(path), 403) << "a page from elsewhere";
  request.headers = {{"host", "localhost"}};
  EXPECT_EQ(status(path), 200);
  request.remote_address = "203.0.113.5";
  EXPECT_EQ(status(path), 403);
}

}  // namespace
}  // namespace parley::api
