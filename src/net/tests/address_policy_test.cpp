#include "net/address_policy.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tests/net_fixture.hpp"
#include "net/tests/raw_server.hpp"

namespace parley::net {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const AddressPolicy> policy(const std::vector<std::string>& allowed = {}) {
  return std::make_shared<const AddressPolicy>(settings::IpAllowList::parse(allowed).value());
}

TEST(AddressPolicy, OnlyPublicAddressesAreReached) {
  for (const char* address : {"0.0.0.0",
                              "0.1.2.3",
                              "10.0.0.1",
                              "10.255.255.255",
                              "100.64.0.1",
                              "100.127.255.255",
                              "127.0.0.1",
                              "127.255.255.255",
                              "169.254.169.254",
                              "172.16.0.1",
                              "172.31.255.255",
                              "192.0.0.1",
                              "192.0.2.1",
                              "192.88.99.1",
                              "192.168.1.1",
                              "198.18.0.1",
                              "198.19.255.255",
                              "198.51.100.1",
                              "203.0.113.1",
                              "224.0.0.1",
                              "239.255.255.255",
                              "240.0.0.1",
                              "255.255.255.255",
                              "::",
                              "::1",
                              "::127.0.0.1",
                              "::ffff:127.0.0.1",
                              "::ffff:169.254.169.254",
                              "64:ff9b::7f00:1",
                              "64:ff9b::a00:1",
                              "64:ff9b:1::1",
                              "100::1",
                              "2001::1",
                              "2001:db8::1",
                              "2002:7f00:1::",
                              "2002:a9fe:a9fe::1",
                              "3fff::1",
                              "fc00::1",
                              "fdff::1",
                              "fe80::1",
                              "fe80::1%eth0",
                              "fec0::1",
                              "ff02::1",
                              "5f00::1",
                              "",
                              "localhost"}) {
    const auto may = policy()->check_address(address);
    ASSERT_FALSE(may) << address;
    EXPECT_EQ(may.error().code, Errc::permission_denied) << address;
    EXPECT_THAT(may.error().message, HasSubstr(address));
    EXPECT_THAT(may.error().message, HasSubstr(kAllowSetting));
  }
  for (const char* address :
       {"1.1.1.1",         "9.255.255.255",    "11.0.0.0",        "100.63.255.255",       "100.128.0.0",
        "126.255.255.255", "128.0.0.0",        "169.253.255.255", "172.15.255.255",       "172.32.0.0",
        "192.0.1.1",       "192.167.255.255",  "198.17.255.255",  "198.20.0.0",           "223.255.255.255",
        "::ffff:8.8.8.8",  "64:ff9b::808:808", "2002:808:808::1", "2001:4860:4860::8888", "2606:4700::1111",
        "2a00:1450::1"}) {
    EXPECT_TRUE(policy()->check_address(address)) << address;
  }
}

TEST(AddressPolicy, AllowedNetworksAreOpenInEverySpelling) {
  const auto open = policy({"10.1.0.0/16", "fd00:1::/32"});
  for (const char* address :
       {"10.1.2.3", "::ffff:10.1.2.3", "64:ff9b::a01:203", "2002:a01:203::1", "fd00:1::5"})
    EXPECT_TRUE(open->check_address(address)) << address;
  for (const char* address : {"10.2.0.1", "::ffff:10.2.0.1", "fd00:2::1", "127.0.0.1"})
    EXPECT_FALSE(open->check_address(address)) << address;
}

TEST(AddressPolicy, AUrlIsJudgedBeforeItIsUsed) {
  for (const char* url :
       {"http://127.0.0.1/", "http://2130706433/", "http://0x7f.1/", "http://0x7f000001/",
        "http://0177.0.0.1/", "http://017700000001/", "http://127.1/", "http://127.0.0.1./",
        "http://%31%32%37.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/", "https://169.254.169.254/latest/meta-data",
        "http://localhost:8080/", "http://LOCALHOST/", "http://a.localhost./", "http://0/"}) {
    const auto may = policy()->check_url(url);
    ASSERT_FALSE(may) << url;
    EXPECT_EQ(may.error().code, Errc::permission_denied) << url << " " << may.error().message;
  }
  for (const char* url : {"ftp://example.com/", "ws://example.com/", "file:///etc/passwd", "gopher://x/", "",
                          "//example.com/", "http://user:pass@example.com/", "http://user@example.com/",
                          "http:///x", "http://example.com:99999/"}) {
    const auto may = policy()->check_url(url);
    ASSERT_FALSE(may) << url;
    EXPECT_EQ(may.error().code, Errc::invalid_argument) << url;
    EXPECT_THAT(may.error().message, ::testing::Not(HasSubstr("pass@")));
  }
  for (const char* url : {"https://example.com/hook?x=1", "http://8.8.8.8:8080/",
                          "https://[2606:4700::1111]/", "https://127.0.0.1.example.com/"})
    EXPECT_TRUE(policy()->check_url(url)) << url;
  EXPECT_TRUE(policy({"127.0.0.0/8"})->check_url("http://2130706433/"));
}

class PolicyClientTest : public NetTest {
 protected:
  void SetUp() override {
    NetTest::SetUp();
    for (const auto& policy : {closed_, open_, open_too_})
      run(fetch(executor(), with(policy, "http://192.0.2.1:1/")));
    sockets_ = open_sockets();  // each policy's pool has two of its own
    raw_.emplace(executor(), [](const std::string&) { return RawReply{ok("inside"), false}; });
  }
  void TearDown() override {
    raw_.reset();
    NetTest::TearDown();
  }

  static ClientRequest with(std::shared_ptr<const AddressPolicy> policy, std::string url) {
    auto request = get(std::move(url));
    request.policy = std::move(policy);
    return request;
  }
  Result<Response> ask(const std::shared_ptr<const AddressPolicy>& policy, std::string url) {
    return run(fetch(executor(), with(policy, std::move(url))));
  }
  std::string at(const std::string& host) {
    const std::string address = raw_->address();
    return "http://" + host + address.substr(address.rfind(':'));
  }
  void expect_refused(const Result<Response>& response, const std::string& what) {
    ASSERT_FALSE(response) << what;
    EXPECT_EQ(response.error().code, Errc::permission_denied) << what << ": " << response.error().message;
    EXPECT_THAT(response.error().message, HasSubstr(kAllowSetting)) << what;
  }

  std::shared_ptr<const AddressPolicy> closed_ = policy();
  std::shared_ptr<const AddressPolicy> open_ = policy({"127.0.0.0/8", "::1"});
  std::shared_ptr<const AddressPolicy> open_too_ = policy({"127.0.0.1"});
  std::optional<RawServer> raw_;
};

TEST_F(PolicyClientTest, EverySpellingOfThisMachineIsRefused) {
  for (const char* host :
       {"127.0.0.1", "2130706433", "0x7f.1", "0x7f000001", "017700000001", "127.1", "%31%32%37.0.0.1",
        "localhost", "[::1]", "[::ffff:127.0.0.1]", "0", "0.0.0.0", "[::]"}) {
    expect_refused(ask(closed_, at(host)), host);
  }
  EXPECT_EQ(raw_->accepted(), 0U);
}

TEST_F(PolicyClientTest, AnAllowedNetworkIsReachedByNameToo) {
  for (const char* host : {"127.0.0.1", "2130706433", "localhost"}) {
    const auto response = ask(open_, at(host));
    ASSERT_TRUE(response) << host << " " << describe(response.error());
    EXPECT_EQ(response->body, "inside");
  }
}

TEST_F(PolicyClientTest, APooledConnectionOfOthersIsNotFound) {
  ASSERT_TRUE(ask(nullptr, at("localhost")));
  ASSERT_TRUE(ask(open_, at("localhost")));
  ASSERT_EQ(raw_->accepted(), 2U);
  ASSERT_TRUE(ask(open_, at("localhost")));
  ASSERT_TRUE(ask(policy({"127.0.0.0/8", "::1"}), at("localhost")));  // the same networks: the same policy
  EXPECT_EQ(raw_->accepted(), 2U);
  ASSERT_TRUE(ask(open_too_, at("localhost")));
  EXPECT_EQ(raw_->accepted(), 3U);
  expect_refused(ask(closed_, at("localhost")), "localhost");
  EXPECT_EQ(raw_->accepted(), 3U);
}

TEST_F(PolicyClientTest, AProxyDoesNotLeadAroundThePolicy) {
  ::setenv("http_proxy", raw_->address("").c_str(), 1);
  const auto plain = ask(nullptr, "http://192.0.2.7/");
  const auto refused = ask(closed_, "http://192.0.2.7/");
  const auto own = ask(open_, at("127.0.0.1"));
  ::unsetenv("http_proxy");
  ASSERT_TRUE(plain) << describe(plain.error());  // by the proxy
  expect_refused(refused, "by proxy");
  ASSERT_TRUE(own);
  EXPECT_TRUE(raw_->requests().back().starts_with("GET / HTTP")) << raw_->requests().back();
}

TEST_F(PolicyClientTest, BeyondTheKnownPoliciesNothingIsPooled) {
  for (int i = 0; i < 30; ++i)
    ASSERT_TRUE(ask(policy({"127.0.0.1", "10.0.0." + std::to_string(i)}), at("127.0.0.1")));
  const auto before = raw_->accepted();
  ASSERT_TRUE(ask(policy({"127.0.0.1", "10.0.0.29"}), at("127.0.0.1")));
  EXPECT_EQ(raw_->accepted(), before + 1);
  // A policy that shares the last client is still its own.
  expect_refused(ask(policy({"10.0.0.77"}), at("127.0.0.1")), "the last client");
  sockets_ += 2 * 14;  // the other policies' own
}

}  // namespace
}  // namespace parley::net
