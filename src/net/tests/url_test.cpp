#include "net/url.hpp"

#include <gtest/gtest.h>

#include "net/http_server.hpp"

namespace parley::net {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

TEST(Url, TakesAnAddressApart) {
  const auto url = parse_url("WSS://us%40er:p%3Ass@Voice.Example.IN:8443/media/a%20b?token=1&x=y#part");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "wss");
  EXPECT_EQ(url->user, "us@er");
  EXPECT_EQ(url->password, "p:ss");
  EXPECT_EQ(url->host, "voice.example.in");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->path, "/media/a%20b");
  EXPECT_EQ(url->query, "token=1&x=y");
  EXPECT_EQ(url->target(), "/media/a%20b?token=1&x=y");
  EXPECT_EQ(url->authority(), "voice.example.in:8443");
  EXPECT_EQ(url->redacted(), "wss://voice.example.in:8443/media/a%20b");
}

TEST(Url, FillsInWhatIsLeftOut) {
  const auto url = parse_url("http://host?q");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->port, 80);
  EXPECT_EQ(url->path, "/");
  EXPECT_EQ(url->query, "q");
  EXPECT_EQ(url->authority(), "host");
  EXPECT_EQ(parse_url("https://host:")->port, 443);
}

TEST(Url, KnowsIpv6Addresses) {
  const auto url = parse_url("ws://[::1]:9000/x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, 9000);
  EXPECT_EQ(url->authority(), "[::1]:9000");
}

TEST(Url, AnUnescapedAtSignBelongsToThePassword) {
  const auto url = parse_url("https://user:p@ss@host/");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->password, "p@ss");
  EXPECT_EQ(url->host, "host");
}

TEST(Url, RefusesWithoutQuoting) {
  for (const auto* text : {"", "host/path", "ftp://u:secret@h/", "ws://", "ws://:80/", "ws://u:secret@/x",
                           "ws://h:0/", "ws://h:65536/", "ws://h:8x/", "ws://[::1/", "ws://[::1]x/",
                           "ws://[name]/", "ws://a b/secret", "ws://h/\r\nsecret: 1"}) {
    const auto url = parse_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_EQ(url.error().code, Errc::invalid_argument);
    EXPECT_EQ(url.error().message.find("secret"), std::string::npos) << url.error().message;
  }
}

TEST(Url, BasicAuthorizationComesFromTheUserinfo) {
  // RFC 7617 §2
  EXPECT_EQ(basic_authorization(*parse_url("http://Aladdin:open%20sesame@h/")),
            "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  EXPECT_EQ(basic_authorization(*parse_url("http://h/")), "");
}

TEST(PercentDecode, LeavesMalformedEscapesAlone) {
  EXPECT_EQ(percent_decode("a%41%62c"), "aAbc");
  EXPECT_EQ(percent_decode("%"), "%");
  EXPECT_EQ(percent_decode("%4"), "%4");
  EXPECT_EQ(percent_decode("%zz%4g"), "%zz%4g");
  EXPECT_EQ(percent_decode("%%41"), "%A");
  EXPECT_EQ(percent_decode("%00"), std::string(1, '\0'));
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_decode("%2525"), "%25");
}

TEST(ParseQuery, KeepsOrderRepeatsAndBareNames) {
  EXPECT_EQ(
      parse_query("CallFrom=%2B91987&a=b+c&a=d%20e&bare&=v&k=x=y&&"),
      (Pairs{{"CallFrom", "+91987"}, {"a", "b c"}, {"a", "d e"}, {"bare", ""}, {"", "v"}, {"k", "x=y"}}));
  EXPECT_EQ(parse_query(""), Pairs{});
  EXPECT_EQ(parse_query("a=%"), (Pairs{{"a", "%"}}));
  EXPECT_EQ(parse_query("voice%2Fuuid="), (Pairs{{"voice/uuid", ""}}));
}

}  // namespace
}  // namespace parley::net
