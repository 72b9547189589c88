#include "api/dashboard_files.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::api {
namespace {

using testing::HasSubstr;

constexpr DashboardFile kFiles[] = {
    {.path = "/assets/app-1a2b.js",
     .content_type = "text/javascript; charset=utf-8",
     .etag = "e1",
     .plain = "plain script",
     .gzip = "gzipped script",
     .brotli = "brotli script"},
    {.path = "/index.html",
     .content_type = "text/html; charset=utf-8",
     .etag = "e2",
     .plain = "the page",
     .gzip = {},
     .brotli = {}},
};

net::HttpResponse get(std::string path, std::vector<std::pair<std::string, std::string>> headers = {},
                      std::string method = "GET") {
  net::HttpRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.headers = std::move(headers);
  return dashboard_answer(kFiles, request);
}

std::string header(const net::HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

TEST(DashboardFiles, AFileIsSentAsTheBrowserTakesIt) {
  EXPECT_EQ(get("/assets/app-1a2b.js").body, "plain script");
  const auto gzip = get("/assets/app-1a2b.js", {{"accept-encoding", "gzip, deflate"}});
  EXPECT_EQ(gzip.body, "gzipped script");
  EXPECT_EQ(header(gzip, "Content-Encoding"), "gzip");
  EXPECT_EQ(get("/assets/app-1a2b.js", {{"accept-encoding", "gzip, deflate, br"}}).body, "brotli script");
  EXPECT_EQ(get("/assets/app-1a2b.js", {{"accept-encoding", "br;q=0, gzip;q=0.5"}}).body, "gzipped script");
  EXPECT_EQ(get("/assets/app-1a2b.js", {{"accept-encoding", "br;q=0.0"}}).body, "plain script");
  EXPECT_EQ(header(gzip, "Vary"), "Accept-Encoding");
}

TEST(DashboardFiles, AssetsAreKeptForGoodAndThePageIsAskedForAgain) {
  EXPECT_THAT(header(get("/assets/app-1a2b.js"), "Cache-Control"), HasSubstr("immutable"));
  const auto page = get("/");
  EXPECT_EQ(page.body, "the page");
  EXPECT_EQ(header(page, "Cache-Control"), "no-cache");
  EXPECT_EQ(get("/", {{"if-none-match", "\"e2\""}}).status, 304);
  EXPECT_EQ(get("/", {{"if-none-match", "W/\"x\", \"e2\""}}).status, 304);
  EXPECT_EQ(get("/", {{"if-none-match", "\"e1\""}}).status, 200);
  EXPECT_EQ(get("/", {{"if-none-match", "\"e2\""}}).body, "");
}

TEST(DashboardFiles, AnAddressOfAPageGetsThePageInABrowserOnly) {
  const auto page = get("/calls/01KAK8", {{"accept", "text/html,application/xhtml+xml,*/*;q=0.8"}});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.body, "the page");
  EXPECT_EQ(get("/calls/01KAK8", {{"accept", "*/*"}}).status, 404);
  EXPECT_EQ(get("/assets/gone.js", {{"accept", "text/html"}}).status, 404);
}

TEST(DashboardFiles, OnlyReadingIsAllowed) {
  const auto refused = get("/", {}, "POST");
  EXPECT_EQ(refused.status, 405);
  EXPECT_EQ(header(refused, "Allow"), "GET, HEAD");
  EXPECT_EQ(get("/elsewhere", {}, "POST").status, 404);
}

TEST(DashboardFiles, AProgramBuiltWithoutThemSaysSo) {
  net::HttpRequest request;
  request.method = "GET";
  request.path = "/";
  const auto answer = dashboard_answer({}, request);
  EXPECT_EQ(answer.status, 404);
  EXPECT_THAT(answer.body, HasSubstr("without the dashboard"));
}

TEST(DashboardFiles, TheRouterAsksForThemLast) {
  Router router;
  router.get("/healthz", [](const auto&, const auto&) { return text_response(200, "ok"); });
  add_dashboard(router, kFiles);
  net::HttpRequest request;
  request.method = "GET";
  request.path = "/healthz";
  EXPECT_EQ(router.handle(request).body, "ok\n");
  request.path = "/";
  EXPECT_EQ(router.handle(request).body, "the page");
  EXPECT_FALSE(router.knows("/"));
}

}  // namespace
}  // namespace parley::api
