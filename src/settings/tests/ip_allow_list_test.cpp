// Networks as tables of who is in and who is not.
#include "settings/ip_allow_list.hpp"

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace parley::settings {
namespace {

IpAllowList list_of(const std::vector<std::string>& entries) {
  const auto list = IpAllowList::parse(entries);
  EXPECT_TRUE(list) << (list ? "" : list.error().message);
  return list ? *list : IpAllowList();
}

TEST(IpAllowList, KnowsItsNetworks) {
  const auto list = list_of({"10.0.0.0/8", "192.0.2.7", "198.51.100.128/25", "203.0.113.4/30",
                             "2001:db8::/33", "::1", "::ffff:172.16.0.0/108"});
  for (const char* in : {"10.0.0.0", "10.255.255.255", "192.0.2.7", "::ffff:192.0.2.7", "198.51.100.255",
                         "203.0.113.7", "2001:db8:7fff::1", "::1", "172.31.255.255", "::ffff:10.1.2.3"})
    EXPECT_TRUE(list.contains(in)) << in;
  for (const char* out :
       {"11.0.0.0", "9.255.255.255", "192.0.2.8", "198.51.100.127", "203.0.113.8", "2001:db8:8000::", "::2",
        "172.32.0.0", "127.0.0.1", "", "10", "10.0.0.0/8", "10.0.0.1:80", "[::1]", "localhost"})
    EXPECT_FALSE(list.contains(out)) << out;
  EXPECT_FALSE(list.contains(std::string_view("10.0.0.1\0x", 10)));
}

TEST(IpAllowList, EveryoneIsWrittenWithAPrefixOfZero) {
  EXPECT_TRUE(list_of({"0.0.0.0/0"}).contains("8.8.8.8"));
  EXPECT_FALSE(list_of({"0.0.0.0/0"}).contains("2001:db8::1"));
  EXPECT_TRUE(list_of({"::/0"}).contains("8.8.8.8"));
  EXPECT_TRUE(list_of({"::/0"}).contains("2001:db8::1"));
}

TEST(IpAllowList, AnEmptyListHasNobody) {
  EXPECT_TRUE(IpAllowList().empty());
  EXPECT_TRUE(list_of({}).empty());
  EXPECT_FALSE(IpAllowList().contains("127.0.0.1"));
  EXPECT_FALSE(list_of({"127.0.0.1"}).empty());
}

TEST(IpAllowList, RefusesWhatIsNoNetwork) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "is no IP address"},
      {"ten", "is no IP address"},
      {"10.0.0", "is no IP address"},
      {"10.0.0.256", "is no IP address"},
      {"10.0.0.0/33", "needs a prefix from 0 to 32"},
      {"10.0.0.0/", "needs a prefix from 0 to 32"},
      {"10.0.0.0/-1", "needs a prefix from 0 to 32"},
      {"10.0.0.0/+8", "needs a prefix from 0 to 32"},
      {"::/129", "needs a prefix from 0 to 128"},
      {"10.0.0.1/8", "has bits set beyond its prefix"},
      {"2001:db8::1/32", "has bits set beyond its prefix"},
  };
  for (const auto& [entry, why] : cases) {
    const auto list = IpAllowList::parse(std::vector<std::string>{"10.0.0.0/8", entry});
    ASSERT_FALSE(list) << entry;
    EXPECT_NE(list.error().message.find(why), std::string::npos) << list.error().message;
    EXPECT_EQ(list.error().message.find(fmt::format("'{}'", entry)), 0u) << list.error().message;
  }
}

}  // namespace
}  // namespace parley::settings
