// Recordings: which hosts are asked, and which of them get the credentials.
#include "carrier/tests/exotel_fixture.hpp"
#include "net/url.hpp"

namespace parley::carrier {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

using ExotelRecordingTest = ExotelFixture;

TEST_F(ExotelRecordingTest, ARecordingIsFetchedWithCredentialsFromOurOwnHost) {
  reply(302, "", "text/plain", {{"Location", "/files/2.mp3?x=1"}});
  reply(200, std::string("ID3\0sound", 9), "audio/mpeg");
  const auto file = run(carrier().fetch_recording(account_, own("/files/1.mp3"), 1024));
  ASSERT_TRUE(file) << file.error().error.message;
  EXPECT_EQ(file->bytes.size(), 9U);
  EXPECT_THAT(file->content_type, StartsWith("audio/mpeg"));
  ASSERT_EQ(requests_.size(), 2U);
  EXPECT_EQ(requests_[0].header("authorization"), net::basic_authorization("the-key", "the-token"));
  EXPECT_EQ(requests_[1].path, "/files/2.mp3");
}

TEST_F(ExotelRecordingTest, ARecordingElsewhereIsNotFetched) {
  reply(302, "", "text/plain", {{"Location", fmt::format("http://localhost:{}/private", server_->port())}});
  for (const std::string& url :
       {std::string("https://evil.example/1.mp3"), std::string("http://169.254.169.254/latest"),
        std::string("https://exotel.com.evil.example/1.mp3"), std::string("file:///etc/passwd"),
        std::string("http://api.exotel.com/1.mp3"), std::string("https://evilexotel.com/1.mp3")})
    EXPECT_EQ(error_of(run(carrier().fetch_recording(account_, url, 1024))).error.code,
              Errc::permission_denied)
        << url;
  EXPECT_TRUE(requests_.empty());
  error_of(run(carrier().fetch_recording(account_, own("/1.mp3"), 1024)));
  EXPECT_EQ(requests_.size(), 1U) << "led to a neighbour of this machine";
}

TEST_F(ExotelRecordingTest, ARecordingIsBoundedAndRedirectsEnd) {
  reply(200, std::string(2000, 'x'), "audio/mpeg");
  error_of(run(carrier().fetch_recording(account_, own("/1.mp3"), 1000)));
  replies_.clear();
  requests_.clear();
  reply(302, "", "text/plain", {{"Location", "/again"}});
  EXPECT_THAT(error_of(run(carrier().fetch_recording(account_, own("/1.mp3"), 1000))).error.message,
              HasSubstr("without end"));
}

}  // namespace
}  // namespace parley::carrier
