// The requests as they go over the wire, and every kind of answer; a real store is asked in tests/control.
#include "storage/s3/s3_blob_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/tests/net_fixture.hpp"
#include "net/tests/raw_server.hpp"
#include "storage/s3/s3_address.hpp"
#include "storage/s3/s3_upload.hpp"
#include "storage/s3/xml_text.hpp"

namespace parley::storage {
namespace {

using net::RawReply;
using s3::S3Options;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

S3Options example_options() {
  S3Options options;
  options.bucket = "calls";
  options.access_key_id = "AKIDEXAMPLE";
  options.secret_access_key = "TopSecretKey";
  return options;
}

std::string reply(int status, std::string_view body, std::string_view headers = {}) {
  return fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

std::string error_body(std::string_view code, std::string_view more = {}) {
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{}</Code><Message>Words &amp; more: "
      "TopSecretKey</Message>{}<RequestId>1</RequestId></Error>",
      code, more);
}

class S3BlobStoreTest : public net::NetTest {
 protected:
  void TearDown() override {
    store_.reset();
    raw_.reset();
    NetTest::TearDown();
  }

  void answer_with(net::RawServer::Answer answer) {
    raw_.emplace(executor(), std::move(answer));
    S3Options options = example_options();
    options.endpoint = raw_->address("");
    auto made = make_s3_blob_store(executor(), options, clock_);
    ASSERT_TRUE(made) << describe(made.error());
    store_ = std::move(*made);
  }
  void answer_with(std::string bytes) {
    answer_with([=](const std::string&) { return RawReply{bytes}; });
  }
  const std::string& sent(std::size_t at = 0) const { return raw_->requests().at(at); }

  Error put_error(int status, std::string body, std::string_view headers = {}) {
    answer_with(reply(status, body, headers));
    auto put = run(store_->put("k", "b", ""));
    return put ? Error{} : put.error();
  }

  ManualClock clock_;
  std::optional<net::RawServer> raw_;
  std::unique_ptr<BlobStore> store_;
};

TEST_F(S3BlobStoreTest, APutIsOneSignedRequest) {
  answer_with(reply(200, ""));
  ASSERT_TRUE(run(store_->put("2026/one.wav", "sound", "audio/wav")));
  EXPECT_THAT(sent(), StartsWith("PUT /calls/2026/one.wav HTTP/1.1\r\n"));
  EXPECT_THAT(sent(), HasSubstr("\r\nContent-Type: audio/wav\r\n"));
  EXPECT_THAT(sent(), HasSubstr("\r\nContent-Length: 5\r\n"));
  EXPECT_THAT(sent(), HasSubstr("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,"));
  EXPECT_THAT(sent(), Not(HasSubstr("Expect")));
  EXPECT_THAT(sent(), Not(HasSubstr("TopSecretKey")));
  EXPECT_TRUE(sent().ends_with("\r\n\r\nsound"));
}

TEST_F(S3BlobStoreTest, HeadTellsTheSizeOfABlob) {
  answer_with("HTTP/1.1 200 OK\r\nContent-Length: 12345678901\r\nETag: \"e\"\r\n\r\n");
  const auto info = run(store_->head("k"));
  ASSERT_TRUE(info) << describe(info.error());
  EXPECT_EQ(info->size, 12345678901U);
  EXPECT_EQ(info->etag, "\"e\"");
  EXPECT_THAT(sent(), StartsWith("HEAD /calls/k HTTP/1.1\r\n"));
}

TEST_F(S3BlobStoreTest, ARangeIsAskedForAndAWholeBlobIsCutToIt) {
  answer_with(reply(206, "234"));
  EXPECT_EQ(*run(store_->get("k", {.first = 2, .end = 5})), "234");
  EXPECT_THAT(sent(), HasSubstr("\r\nRange: bytes=2-4\r\n"));
  EXPECT_THAT(sent(), HasSubstr("\r\nAccept-Encoding: identity\r\n"));
  answer_with(reply(200, "0123456789"));
  EXPECT_EQ(*run(store_->get("k", {.first = 2, .end = 5})), "234");
  answer_with(reply(416, error_body("InvalidRange")));
  EXPECT_EQ(*run(store_->get("k", {.first = 99, .end = 100})), "");
  answer_with(reply(404, error_body("NoSuchKey")));
  EXPECT_EQ(run(store_->get("k", {.first = 0, .end = 5})).error().code, Errc::not_found);
}

TEST_F(S3BlobStoreTest, ABlobThatLooksLikeAnErrorIsABlob) {
  answer_with(reply(206, error_body("SlowDown")));
  EXPECT_EQ(*run(store_->get("k", {.first = 0, .end = 500})), error_body("SlowDown"));
}

TEST_F(S3BlobStoreTest, WhatIsNotThereIsWellRemoved) {
  answer_with(reply(204, ""));
  EXPECT_TRUE(run(store_->remove("k")));
  EXPECT_THAT(sent(), StartsWith("DELETE /calls/k HTTP/1.1\r\n"));
  answer_with(reply(404, error_body("NoSuchKey")));
  EXPECT_TRUE(run(store_->remove("k")));
}

TEST_F(S3BlobStoreTest, AWrongKeyIsNotSent) {
  answer_with(reply(200, ""));
  EXPECT_EQ(run(store_->put("../k", "", "")).error().code, Errc::invalid_argument);
  EXPECT_EQ(run(store_->remove("a?b")).error().code, Errc::invalid_argument);
  EXPECT_FALSE(store_->presigned_get("a b", std::chrono::hours(1), ""));
  EXPECT_TRUE(raw_->requests().empty());
}

TEST_F(S3BlobStoreTest, AnUploadIsBegunPutAndCompleted) {
  answer_with([](const std::string& request) {
    if (request.starts_with("POST /calls/k?uploads= "))
      return RawReply{reply(200,
                            "<?xml?><InitiateMultipartUploadResult xmlns=\"x\"><Bucket>calls</Bucket>"
                            "<UploadId>up/1+&amp;</UploadId></InitiateMultipartUploadResult>")};
    if (request.starts_with("PUT /calls/k?partNumber=2&uploadId=up%2F1%2B%26 "))
      return RawReply{reply(200, "", "ETag: \"two\"\r\n")};
    if (request.starts_with("PUT /calls/k?partNumber=1&"))
      return RawReply{reply(200, "", "ETag: \"one\"\r\n")};
    return RawReply{
        reply(200, " \n<CompleteMultipartUploadResult><ETag>\"x\"</ETag></CompleteMultipartUploadResult>")};
  });
  auto upload = run(store_->start_upload("k", "audio/wav"));
  ASSERT_TRUE(upload) << describe(upload.error());
  EXPECT_EQ((*upload)->part_bytes(), 5U * 1024 * 1024);
  ASSERT_TRUE(run((*upload)->put_part(2, "two")));
  ASSERT_TRUE(run((*upload)->put_part(1, "one")));
  EXPECT_EQ((*upload)->token(), "up%2F1%2B%26 1:%22one%22 2:%22two%22");
  ASSERT_TRUE(run((*upload)->complete()));
  EXPECT_THAT(sent(0), HasSubstr("\r\nContent-Type: audio/wav\r\n"));
  EXPECT_THAT(sent(3), StartsWith("POST /calls/k?uploadId=up%2F1%2B%26 HTTP/1.1\r\n"));
  EXPECT_THAT(sent(3), HasSubstr("<Part><PartNumber>1</PartNumber><ETag>&quot;one&quot;</ETag></Part>"
                                 "<Part><PartNumber>2</PartNumber>"));
}

TEST_F(S3BlobStoreTest, ACompletionMayFailBehindItsStatus) {
  answer_with(reply(200, "  \n  " + error_body("InternalError")));
  auto upload = run(store_->resume_upload("k", "id 1:e"));
  ASSERT_TRUE(upload);
  EXPECT_EQ(run((*upload)->complete()).error().code, Errc::unavailable);
}

TEST_F(S3BlobStoreTest, AnUploadIsTakenUpByItsToken) {
  answer_with([](const std::string& request) {
    return RawReply{request.starts_with("GET /calls/k?max-parts=1&uploadId=id ")
                        ? reply(200, "<ListPartsResult/>")
                        : reply(200, "")};
  });
  auto upload = run(store_->resume_upload("k", "id 1:%22e%22 7:f"));
  ASSERT_TRUE(upload) << describe(upload.error());
  ASSERT_TRUE(run((*upload)->complete()));
  EXPECT_THAT(sent(1), HasSubstr("<Part><PartNumber>7</PartNumber><ETag>f</ETag></Part></Complete"));
  answer_with(reply(404, error_body("NoSuchUpload")));
  EXPECT_EQ(run(store_->resume_upload("k", "id 1:e")).error().code, Errc::not_found);
  answer_with(reply(501, error_body("NotImplemented")));
  EXPECT_TRUE(run(store_->resume_upload("k", "id 1:e"))) << "the next part will tell";
  answer_with(reply(503, error_body("SlowDown")));
  EXPECT_EQ(run(store_->resume_upload("k", "id 1:e")).error().code, Errc::unavailable);
  for (const char* wrong : {"", " 1:e", "id 1", "id 0:e", "id x:e", "id 10001:e", "id 1:e junk"})
    EXPECT_EQ(run(store_->resume_upload("k", wrong)).error().code, Errc::not_found) << wrong;
}

TEST_F(S3BlobStoreTest, AnAbortedUploadMayBeGoneAlready) {
  answer_with(reply(404, error_body("NoSuchUpload")));
  auto upload = s3::parse_upload_token("id");
  ASSERT_TRUE(upload);
  answer_with([](const std::string& request) {
    return RawReply{request.starts_with("GET") ? reply(200, "") : reply(404, error_body("NoSuchUpload"))};
  });
  auto resumed = run(store_->resume_upload("k", "id"));
  ASSERT_TRUE(resumed);
  EXPECT_TRUE(run((*resumed)->abort()));
  EXPECT_THAT(sent(1), StartsWith("DELETE /calls/k?uploadId=id HTTP/1.1\r\n"));
  EXPECT_EQ(run((*resumed)->complete()).error().code, Errc::invalid_argument) << "no part was put";
}

TEST_F(S3BlobStoreTest, ARefusalNamesWhatToMend) {
  const struct {
    int status;
    const char* code;
    const char* more;
    Errc expected;
    const char* words;
  } cases[] = {
      {403, "AccessDenied", "", Errc::permission_denied, "s3.access_key_id (AWS_ACCESS_KEY_ID)"},
      {403, "SignatureDoesNotMatch", "<StringToSign>x</StringToSign>", Errc::permission_denied,
       "s3.secret_access_key (AWS_SECRET_ACCESS_KEY)"},
      {403, "InvalidAccessKeyId", "<AWSAccessKeyId>AKID</AWSAccessKeyId>", Errc::permission_denied,
       "AWS_ACCESS_KEY_ID"},
      {403, "RequestTimeTooSkewed", "", Errc::permission_denied, "clock"},
      {400, "ExpiredToken", "", Errc::permission_denied, "AWS_SESSION_TOKEN"},
      {400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>", Errc::invalid_argument,
       "is in the region eu-west-1, not us-east-1: set s3.region (AWS_REGION)"},
      {301, "PermanentRedirect", "<Endpoint>calls.s3.eu.example.com</Endpoint>", Errc::invalid_argument,
       "it says calls.s3.eu.example.com. Set s3.endpoint (S3_ENDPOINT)"},
      {404, "NoSuchBucket", "", Errc::invalid_argument, "'calls': check s3.bucket (AWS_S3_BUCKET)"},
      {404, "NoSuchUpload", "", Errc::not_found, "NoSuchUpload"},
      {400, "InvalidPart", "", Errc::conflict, "do not fit"},
      {400, "EntityTooSmall", "", Errc::conflict, "do not fit"},
      {503, "SlowDown", "", Errc::unavailable, "SlowDown"},
      {500, "InternalError", "", Errc::unavailable, "InternalError"},
      {400, "RequestTimeout", "", Errc::unavailable, "RequestTimeout"},
      {502, "", "", Errc::unavailable, "502"},
      {429, "", "", Errc::unavailable, "429"},
      {418, "Teapot", "", Errc::protocol, "Words & more: ***"},
  };
  for (const auto& one : cases) {
    const Error error = put_error(one.status, error_body(one.code, one.more));
    EXPECT_EQ(error.code, one.expected) << one.code << ": " << error.message;
    EXPECT_THAT(error.message, HasSubstr(one.words));
    EXPECT_THAT(error.message, Not(HasSubstr("TopSecretKey")));
  }
}

TEST_F(S3BlobStoreTest, ARefusalWithoutABodyIsReadFromItsHeaders) {
  answer_with("HTTP/1.1 301 X\r\nContent-Length: 0\r\nx-amz-bucket-region: eu-west-1\r\n\r\n");
  EXPECT_THAT(run(store_->head("k")).error().message, HasSubstr("eu-west-1"));
  answer_with("HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(run(store_->head("k")).error().code, Errc::not_found);
  answer_with("HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(run(store_->head("k")).error().code, Errc::permission_denied);
}

TEST_F(S3BlobStoreTest, HostileAnswersAreKeptShort) {
  Error error = put_error(400, "<Error><Code>" + std::string(500'000, 'x') + "</Code></Error>");
  EXPECT_EQ(error.code, Errc::protocol);
  EXPECT_LT(error.message.size(), 500U);
  error = put_error(
      400, "<Error><Code>a\r\nb</Code><Message>\x01\xFF" + std::string(5'000, 'm') + "</Message></Error>");
  EXPECT_LT(error.message.size(), 500U);
  EXPECT_THAT(error.message, Not(HasSubstr("\n")));
  error = put_error(400, std::string(2'000'000, '<'));
  EXPECT_EQ(error.code, Errc::protocol);
}

TEST_F(S3BlobStoreTest, AStoreThatIsAwayIsUnavailable) {
  answer_with([](const std::string&) { return RawReply{"", true}; });
  EXPECT_EQ(run(store_->put("k", "b", "")).error().code, Errc::unavailable);
  raw_.reset();
  EXPECT_EQ(run(store_->put("k", "b", "")).error().code, Errc::unavailable);
}

TEST_F(S3BlobStoreTest, PresignedAddressesAreOfThePublicEndpoint) {
  S3Options options = example_options();
  options.endpoint = "http://minio:9000";
  options.public_endpoint = "https://files.example.com";
  auto store = make_s3_blob_store(executor(), options, clock_);
  ASSERT_TRUE(store);
  const auto url = (*store)->presigned_get("2026/one.wav", std::chrono::hours(1), "call \"one\"\r\n.wav");
  ASSERT_TRUE(url);
  EXPECT_THAT(*url, StartsWith("https://files.example.com/calls/2026/one.wav?X-Amz-Algorithm="));
  EXPECT_THAT(*url, HasSubstr("&X-Amz-Expires=3600&"));
  EXPECT_THAT(*url,
              HasSubstr("&response-content-disposition=attachment%3B%20filename%3D%22call%20_one___.wav%22"));
  EXPECT_THAT(*url, Not(HasSubstr("TopSecretKey")));
}

TEST(S3Address, FollowsTheEndpointAndTheStyle) {
  S3Options options = example_options();
  const auto address = [&](std::string endpoint) {
    const auto made = s3::s3_address(options, endpoint);
    return made ? made->origin + made->path("a/k") : made.error().message;
  };
  EXPECT_EQ(address(""), "https://calls.s3.us-east-1.amazonaws.com/a/k");
  EXPECT_EQ(address("http://127.0.0.1:9000"), "http://127.0.0.1:9000/calls/a/k");
  EXPECT_EQ(address("https://s3.ap-south-1.amazonaws.com"), "https://calls.s3.ap-south-1.amazonaws.com/a/k");
  EXPECT_EQ(address("https://x.example.com/storage/v1/s3/"), "https://x.example.com/storage/v1/s3/calls/a/k");
  options.path_style = settings::PathStyle::always;
  EXPECT_EQ(address(""), "https://s3.us-east-1.amazonaws.com/calls/a/k");
  options.path_style = settings::PathStyle::never;
  EXPECT_EQ(address("https://s3.example.com:8443"), "https://calls.s3.example.com:8443/a/k");
  options = example_options();
  options.bucket = "calls.example.com";
  EXPECT_EQ(address(""), "https://s3.us-east-1.amazonaws.com/calls.example.com/a/k");
  options.region = "cn-north-1";
  EXPECT_EQ(address(""), "https://s3.cn-north-1.amazonaws.com.cn/calls.example.com/a/k");
  EXPECT_THAT(address("ftp://x"), HasSubstr("s3.endpoint (S3_ENDPOINT)"));
  options.bucket = "";
  EXPECT_THAT(address(""), HasSubstr("s3.bucket"));
}

TEST(XmlText, FindsTextAndDecodesIt) {
  using s3::element_text;
  EXPECT_EQ(element_text("<a><b>x &lt;&amp;&#65;&#x20AC;&quot;</b></a>", "b"), "x <&A\xE2\x82\xAC\"");
  EXPECT_EQ(element_text("<n:a xmlns:n='u'><n:b k='v'>x</n:b></n:a>", "b"), "x");
  EXPECT_EQ(element_text("<a><b><c/></b><b>y</b></a>", "b"), "y");
  EXPECT_EQ(element_text("<b></b>", "b"), "");
  EXPECT_EQ(element_text("<b>&nope; &#0; &#xD800; &#99999999; &</b>", "b"),
            "&nope; &#0; &#xD800; &#99999999; &");
  EXPECT_FALSE(element_text("<b>x", "b"));
  EXPECT_FALSE(element_text("<b", "b"));
  EXPECT_FALSE(element_text("<bb>x</bb>", "b"));
  EXPECT_FALSE(element_text("<b>" + std::string(9000, 'x') + "</b>", "b"));
  EXPECT_EQ(s3::root_element("<?xml version='1.0'?><!-- c -->\n<n:Error/><Error a='b'>"), "Error");
  EXPECT_EQ(s3::root_element("none"), "");
  EXPECT_EQ(element_text("<b>" + s3::escape_xml("<\"&'>") + "</b>", "b"), "<\"&'>");
}

}  // namespace
}  // namespace parley::storage
