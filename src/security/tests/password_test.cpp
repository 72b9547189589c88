#include "security/password.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::security {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Password, IsRefusedWithTheReason) {
  const auto reason = [](std::string_view password) {
    const auto checked = check_password(password, "asha@example.com");
    if (checked) return std::string();
    EXPECT_EQ(checked.error().code, Errc::invalid_argument);
    return checked.error().message;
  };
  EXPECT_THAT(reason("nine char"), HasSubstr("too short"));
  EXPECT_THAT(reason(""), HasSubstr("too short"));
  EXPECT_THAT(reason("प्रणाम"), HasSubstr("too short"));  // 18 bytes, but characters count
  EXPECT_THAT(reason(std::string(257, 'x')), HasSubstr("too long"));
  EXPECT_THAT(reason(std::string(100'000, '\x80')), HasSubstr("too long"));
  EXPECT_THAT(reason("long enough \xC3\x28"), HasSubstr("UTF-8"));
  EXPECT_THAT(reason(std::string_view("long\0enough!", 12)), HasSubstr("UTF-8"));
  EXPECT_THAT(reason("Asha@Example.com"), HasSubstr("e-mail"));
  EXPECT_EQ(reason("ten chars!"), "");
  EXPECT_EQ(reason(std::string(256, 'x')), "");
}

TEST(Password, OpensOnlyWithItself) {
  const auto hash = hash_password("correct horse");
  ASSERT_TRUE(hash);
  EXPECT_THAT(*hash, StartsWith("$argon2id$v=19$m=65536,t=2,p=1$"));
  EXPECT_TRUE(verify_password("correct horse", *hash));
  EXPECT_FALSE(verify_password("correct horsf", *hash));
  EXPECT_FALSE(verify_password("", *hash));
}

TEST(Password, HasItsOwnSalt) {
  EXPECT_NE(*hash_password("correct horse"), *hash_password("correct horse"));
}

TEST(Password, NothingOpensWhatIsNoHash) {
  for (const std::string hash : {"", "x", "$argon2id$", "$argon2id$v=19$m=4294967295,t=1,p=1$c2FsdA$aGFzaA"})
    EXPECT_FALSE(verify_password("correct horse", hash)) << hash;
  EXPECT_FALSE(verify_password("correct horse", std::string(1000, 'x')));
  EXPECT_FALSE(verify_password(std::string(1'000'000, 'x'), *hash_password("correct horse")));
}

}  // namespace
}  // namespace parley::security
