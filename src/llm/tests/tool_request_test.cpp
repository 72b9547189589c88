#include "llm/tool_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::llm {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

agent::Tool tool(std::string method, std::string url) {
  agent::Tool made;
  made.name = "t";
  made.method = std::move(method);
  made.url = std::move(url);
  made.timeout = 700ms;
  return made;
}

std::string url_of(const agent::Tool& made, std::string_view arguments) {
  const auto request = make_tool_request(made, arguments);
  return request ? request->url : "error: " + request.error().message;
}

TEST(ToolRequest, PutsArgumentsIntoTheAddressEscaped) {
  const auto get = tool("GET", "https://api.example/parcels/{id}/days?in={city}");
  EXPECT_EQ(url_of(get, R"({"id":"A/7?x=1&y#z","city":"New Delhi"})"),
            "https://api.example/parcels/A%2F7%3Fx%3D1%26y%23z/days?in=New%20Delhi");
  EXPECT_EQ(url_of(get, R"({"id":42,"city":true})"), "https://api.example/parcels/42/days?in=true");
  EXPECT_EQ(url_of(get, R"({"id":12.5,"city":"x"})"), "https://api.example/parcels/12.5/days?in=x");
}

TEST(ToolRequest, PutsTheOtherArgumentsIntoTheQueryOfAGetAndTheBodyOfAPost) {
  EXPECT_EQ(url_of(tool("GET", "https://a.example/x"), R"({"b":"1 2","c":3})"),
            "https://a.example/x?b=1%202&c=3");
  EXPECT_EQ(url_of(tool("DELETE", "https://a.example/x?k=v"), R"({"b":"&"})"),
            "https://a.example/x?k=v&b=%26");
  const auto post =
      make_tool_request(tool("POST", "https://a.example/{id}"), R"({"id":"7","n":{"deep":[1]}})");
  ASSERT_TRUE(post);
  EXPECT_EQ(post->url, "https://a.example/7");
  EXPECT_EQ(post->body, R"({"n":{"deep":[1]}})");
  EXPECT_EQ(net::find_header(post->headers, "content-type"), "application/json");
  EXPECT_EQ(post->deadline, 700ms);
  EXPECT_EQ(make_tool_request(tool("POST", "https://a.example/"), "")->body, "{}");
}

TEST(ToolRequest, KeepsTheHeadersOfTheAgentFile) {
  auto made = tool("PUT", "https://a.example/");
  made.headers = {{"Content-Type", "application/vnd.x+json"}, {"Authorization", "Bearer t"}};
  const auto request = make_tool_request(made, "{}");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->headers.size(), 2U);
  EXPECT_EQ(net::find_header(request->headers, "authorization"), "Bearer t");
}

TEST(ToolRequest, NeverLeavesThePlaceThatTheAgentFileNames) {
  const auto get = tool("GET", "https://api.example/a/{id}/b");
  for (const char* id : {"..", "."})
    EXPECT_THAT(url_of(get, R"({"id":")" + std::string(id) + "\"}"), HasSubstr("'id' cannot be"));
  EXPECT_EQ(url_of(get, R"({"id":"../../admin"})"), "https://api.example/a/..%2F..%2Fadmin/b");
  EXPECT_EQ(url_of(get, R"({"id":"@evil.example\\"})"), "https://api.example/a/%40evil.example%5C/b");
  EXPECT_EQ(url_of(get, "{\"id\":\"a\\r\\nHost: x\"}"), "https://api.example/a/a%0D%0AHost%3A%20x/b");
}

TEST(ToolRequest, TellsTheModelWhatIsWrongWithItsArguments) {
  const auto get = tool("GET", "https://a.example/{id}");
  EXPECT_THAT(url_of(get, "{}"), HasSubstr("'id' is missing"));
  EXPECT_THAT(url_of(get, R"({"id":null})"), HasSubstr("'id' is missing"));
  for (const char* bad : {"[1]", "\"x\"", "{", "nonsense", "{\"id\":\"\xff\"}"})
    EXPECT_THAT(url_of(get, bad), HasSubstr("not a JSON object")) << bad;
}

TEST(ToolRequest, LeavesABraceWithoutAnEndAlone) {
  EXPECT_EQ(url_of(tool("GET", "https://a.example/{id"), "{}"), "https://a.example/{id");
}

}  // namespace
}  // namespace parley::llm
