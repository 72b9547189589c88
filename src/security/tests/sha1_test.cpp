#include "security/sha1.hpp"

#include <gtest/gtest.h>

#include "security/hash.hpp"

namespace parley::security {
namespace {

std::string hex(std::string_view key, std::string_view data) {
  return to_hex(hmac_sha1(key, data));
}

// RFC 2202 §3, all seven.
TEST(HmacSha1, AgreesWithThePublishedVectors) {
  EXPECT_EQ(hex(std::string(20, '\x0b'), "Hi There"), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(hex("Jefe", "what do ya want for nothing?"), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(hex(std::string(20, '\xaa'), std::string(50, '\xdd')),
            "125d7342b9ac11cd91a39af48aa17b4f63f175d3");
  std::string counting;
  for (char c = 1; c <= 25; ++c)
    counting += c;
  EXPECT_EQ(hex(counting, std::string(50, '\xcd')), "4c9007f4026250c6bc8414f9bf50c86c2d7235da");
  EXPECT_EQ(hex(std::string(20, '\x0c'), "Test With Truncation"), "4c1a03424b55e07fe7f27be1d58bb9324a9a5a04");
  EXPECT_EQ(hex(std::string(80, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First"),
            "aa4ae5e15272d00e95705637ce8a3b55ed402112");
  EXPECT_EQ(hex(std::string(80, '\xaa'),
                "Test Using Larger Than Block-Size Key and Larger Than One Block-Size Data"),
            "e8e99d0f45237d786d6bbaa7965c7808bbff1a91");
}

// Where the padding of a digest goes over into another block.
TEST(HmacSha1, DiffersForEveryLengthAroundABlock) {
  std::string before;
  for (std::size_t size = 50; size < 140; ++size) {
    const std::string digest = hmac_sha1("key", std::string(size, 'a'));
    EXPECT_EQ(digest.size(), 20U);
    EXPECT_NE(digest, before);
    before = digest;
  }
}

}  // namespace
}  // namespace parley::security
