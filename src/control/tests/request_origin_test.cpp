#include "control/request_origin.hpp"

#include <gtest/gtest.h>

namespace parley::control {
namespace {

constexpr RequestOrigin kLocal{.listens_on_loopback = true,
                               .peer_address = "127.0.0.1",
                               .host = "localhost:8080",
                               .forwarded = false,
                               .origin = ""};

bool local_with_peer(std::string_view peer) {
  auto request = kLocal;
  request.peer_address = peer;
  return is_local_request(request);
}
bool local_with_host(std::string_view host) {
  auto request = kLocal;
  request.host = host;
  return is_local_request(request);
}
bool local_with_origin(std::string_view origin) {
  auto request = kLocal;
  request.origin = origin;
  return is_local_request(request);
}

TEST(LocalRequest, ComesFromThisMachine) {
  for (const char* peer : {"127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(local_with_peer(peer)) << peer;
  for (const char* peer : {"", "192.168.1.2", "203.0.113.9", "::ffff:10.0.0.1", "fe80::1", "127.0.0.1.evil",
                           "localhost", "128.0.0.1"})
    EXPECT_FALSE(local_with_peer(peer)) << peer;
}

TEST(LocalRequest, AsksForANameThatCannotPointElsewhere) {
  for (const char* host :
       {"localhost", "localhost:8080", "LocalHost:1", "127.0.0.1:8080", "[::1]:8080", "[::1]"})
    EXPECT_TRUE(local_with_host(host)) << host;
  for (const char* host :
       {"", "rebind.example", "rebind.example:8080", "localhost.evil.example", "evil-localhost",
        "127.0.0.1.nip.io", "localhost:8080@evil.example", "localhost:x", "localhost evil", "[::1", "[::1]x",
        "[::2]", "0.0.0.0:8080", "192.168.1.2", ":8080", "localhost:999999"})
    EXPECT_FALSE(local_with_host(host)) << host;
}

TEST(LocalRequest, IsNotSentByAPageFromElsewhere) {
  for (const char* origin : {"", "http://localhost:8080", "http://127.0.0.1:3000", "https://[::1]:5173"})
    EXPECT_TRUE(local_with_origin(origin)) << origin;
  for (const char* origin :
       {"null", "http://evil.example", "https://localhost.evil.example", "file://",
        "chrome-extension://localhost", "localhost:8080", "http://", "http://localhost:80/x"})
    EXPECT_FALSE(local_with_origin(origin)) << origin;
}

TEST(LocalRequest, WasNotForwardedAndTheServerListensNowhereElse) {
  auto request = kLocal;
  request.forwarded = true;
  EXPECT_FALSE(is_local_request(request));
  request = kLocal;
  request.listens_on_loopback = false;
  EXPECT_FALSE(is_local_request(request));
}

TEST(ForwardedRequest, IsKnownByItsHeaders) {
  net::HttpRequest request;
  request.headers = {{"host", "localhost"}, {"user-agent", "x-forwarded-for"}};
  EXPECT_FALSE(was_forwarded(request));
  for (const char* name :
       {"x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip", "via", "x-forwarded-host"}) {
    request.headers = {{"host", "localhost"}, {name, ""}};
    EXPECT_TRUE(was_forwarded(request)) << name;
  }
}

class CsrfTest : public testing::Test {
 protected:
  CsrfTest() {
    user_.kind = Principal::Kind::user;
    user_.csrf_token = "the-token";
    key_.kind = Principal::Kind::api_key;
  }
  bool safe(const Principal& who, std::string_view method, std::string_view header, std::string_view origin) {
    return is_csrf_safe(method, header, who, origin, "parley.example.com");
  }

  Principal user_;
  Principal key_;
};

TEST_F(CsrfTest, ReadingIsSafe) {
  for (const char* method : {"GET", "HEAD", "OPTIONS"})
    EXPECT_TRUE(safe(user_, method, "", "https://evil.example"));
}

TEST_F(CsrfTest, ACookieNeedsItsLoginsToken) {
  for (const char* method : {"POST", "PUT", "PATCH", "DELETE", "get", "TRACE"}) {
    EXPECT_TRUE(safe(user_, method, "the-token", "https://parley.example.com")) << method;
    EXPECT_TRUE(safe(user_, method, "the-token", "")) << method;
    EXPECT_FALSE(safe(user_, method, "", "https://parley.example.com")) << method;
    EXPECT_FALSE(safe(user_, method, "the-toker", "https://parley.example.com")) << method;
    EXPECT_FALSE(safe(user_, method, "the-tokens", "https://parley.example.com")) << method;
  }
  user_.csrf_token.clear();
  EXPECT_FALSE(safe(user_, "POST", "", ""));
}

TEST_F(CsrfTest, APageFromElsewhereIsRefusedEvenWithTheToken) {
  for (const char* origin :
       {"https://evil.example", "null", "https://parley.example.com.evil.example",
        "https://parley.example.com:8443", "http://sub.parley.example.com", "parley.example.com"})
    EXPECT_FALSE(safe(user_, "POST", "the-token", origin)) << origin;
  EXPECT_TRUE(safe(user_, "POST", "the-token", "https://Parley.Example.com:443"));
  EXPECT_TRUE(is_csrf_safe("POST", "the-token", user_, "http://10.1.2.3:8080", "10.1.2.3:8080"));
  EXPECT_FALSE(is_csrf_safe("POST", "the-token", user_, "http://10.1.2.3:8081", "10.1.2.3:8080"));
}

TEST_F(CsrfTest, AKeyIsSentOnPurposeByWhoeverSendsIt) {
  EXPECT_TRUE(safe(key_, "POST", "", "https://app.example"));
}

TEST_F(CsrfTest, NobodyAndLocalRequestsAreHeldToTheirOrigin) {
  EXPECT_TRUE(safe({}, "POST", "", ""));
  EXPECT_TRUE(safe({}, "POST", "", "https://parley.example.com"));
  EXPECT_FALSE(safe({}, "POST", "", "https://evil.example"));
  EXPECT_TRUE(safe(local_principal(), "POST", "", ""));
  EXPECT_TRUE(safe(local_principal(), "POST", "", "http://localhost:5173"));
  EXPECT_FALSE(safe(local_principal(), "POST", "", "https://evil.example"));
  EXPECT_FALSE(safe(local_principal(), "POST", "", "null"));
}

}  // namespace
}  // namespace parley::control
