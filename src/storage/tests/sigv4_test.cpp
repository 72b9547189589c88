// Amazon's published examples, and the escaping they do not reach.
#include "storage/s3/sigv4.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "security/hash.hpp"

namespace parley::storage::s3 {
namespace {

using testing::HasSubstr;

constexpr WallTime kThen{std::chrono::seconds(1369353600)};  // 2013-05-24T00:00:00Z
constexpr std::string_view kHost = "examplebucket.s3.amazonaws.com";

Signer example() {
  return {.access_key_id = "AKIAIOSFODNN7EXAMPLE",
          .secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          .session_token = {},
          .region = "us-east-1"};
}

std::string hash_of(std::string_view body) {
  return security::to_hex(security::sha256(body));
}

std::string signature(const std::string& authorization) {
  return authorization.substr(authorization.find("Signature=") + 10);
}

TEST(SigV4, TheKeyOfTheDayIsThePublishedOne) {
  EXPECT_EQ(security::to_hex(signing_key(example().secret_access_key, "20130524", "us-east-1")),
            "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");
}

TEST(SigV4, AGetOfARangeIsSignedAsPublished) {
  const Signable request{.method = "GET",
                         .path = "/test.txt",
                         .query = {},
                         .headers = {{"Host", std::string(kHost)},
                                     {"Range", "bytes=0-9"},
                                     {"x-amz-content-sha256", hash_of("")},
                                     {"x-amz-date", "20130524T000000Z"}},
                         .payload_hash = hash_of("")};
  EXPECT_EQ(authorization(example(), request, kThen),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(SigV4, APutIsSignedAsPublished) {
  const std::string hash = hash_of("Welcome to Amazon S3.");
  EXPECT_EQ(hash, "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072");
  const Signable request{.method = "PUT",
                         .path = escape_path("/test$file.text"),
                         .query = {},
                         .headers = {{"Date", "Fri, 24 May 2013 00:00:00 GMT"},
                                     {"Host", std::string(kHost)},
                                     {"x-amz-date", "20130524T000000Z"},
                                     {"x-amz-storage-class", "REDUCED_REDUNDANCY"},
                                     {"x-amz-content-sha256", hash}},
                         .payload_hash = hash};
  EXPECT_EQ(request.path, "/test%24file.text");
  EXPECT_EQ(signature(authorization(example(), request, kThen)),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST(SigV4, AQueryIsSignedAsPublished) {
  const Signable request{.method = "GET",
                         .path = "/",
                         .query = {{"prefix", "J"}, {"max-keys", "2"}},
                         .headers = {},
                         .payload_hash = hash_of("")};
  const auto headers = signed_headers(example(), request, kHost, kThen);
  EXPECT_EQ(signature(std::string(*net::find_header(headers, "authorization"))),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
  EXPECT_EQ(net::find_header(headers, "x-amz-date"), "20130524T000000Z");
  EXPECT_FALSE(net::find_header(headers, "host"));
}

TEST(SigV4, AnAddressIsPresignedAsPublished) {
  const std::string query = presigned_query(example(), kHost, "/test.txt", {}, std::chrono::hours(24), kThen);
  EXPECT_EQ(query,
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(SigV4, APresignedAddressIsValidForAWeekAtMost) {
  const auto query = [](std::chrono::seconds valid_for) {
    return presigned_query(example(), kHost, "/a", {}, valid_for, kThen);
  };
  EXPECT_THAT(query(std::chrono::hours(24L * 30)), HasSubstr("X-Amz-Expires=604800&"));
  EXPECT_THAT(query(std::chrono::seconds(0)), HasSubstr("X-Amz-Expires=1&"));
}

TEST(SigV4, ASessionTokenIsSigned) {
  Signer signer = example();
  const Signable request{
      .method = "GET", .path = "/", .query = {}, .headers = {}, .payload_hash = hash_of("")};
  const auto without = signed_headers(signer, request, kHost, kThen);
  signer.session_token = "a/token+=";
  const auto with = signed_headers(signer, request, kHost, kThen);
  EXPECT_EQ(net::find_header(with, "x-amz-security-token"), "a/token+=");
  EXPECT_THAT(std::string(*net::find_header(with, "authorization")),
              HasSubstr("SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token,"));
  EXPECT_NE(net::find_header(with, "authorization"), net::find_header(without, "authorization"));
  EXPECT_THAT(presigned_query(signer, kHost, "/a", {}, std::chrono::seconds(9), kThen),
              HasSubstr("X-Amz-Security-Token=a%2Ftoken%2B%3D&"));
}

TEST(SigV4, SlashesOfAPathStandAsTheyAre) {
  EXPECT_EQ(escape_path("a b//../c*/"), "a%20b//../c%2A/");
}

TEST(SigV4, AQueryIsSortedByItsEscapedNames) {
  EXPECT_EQ(canonical_query({{"uploads", ""}, {"a b", "1"}, {"A", "x"}, {"a", "2"}, {"a", "1"}}),
            "A=x&a=1&a=2&a%20b=1&uploads=");
}

TEST(SigV4, SpaceInHeadersIsSignedTrimmed) {
  Signable one{.method = "GET",
               .path = "/",
               .query = {},
               .headers = {{"host", "h"}, {"x-amz-meta", "  a   b "}},
               .payload_hash = hash_of("")};
  const std::string loose = authorization(example(), one, kThen);
  one.headers = {{"X-Amz-Meta", "a b"}, {"HOST", "h"}};
  EXPECT_EQ(authorization(example(), one, kThen), loose);
}

}  // namespace
}  // namespace parley::storage::s3
