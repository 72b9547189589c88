#include <gtest/gtest.h>

#include "net/http_client.hpp"
#include "net/http_server.hpp"

namespace parley::net {
namespace {

TEST(UrlEncode, EscapesAllButTheUnreserved) {
  EXPECT_EQ(url_encode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(url_encode("+91 98&=/?%"), "%2B91%2098%26%3D%2F%3F%25");
  EXPECT_EQ(url_encode(std::string_view("\0\xFF\n", 3)), "%00%FF%0A");
}

TEST(UrlEncode, IsUndoneByParsingAQuery) {
  std::string every;
  for (int c = 0; c < 256; ++c)
    every += static_cast<char>(c);
  EXPECT_EQ(parse_query("k=" + url_encode(every)).at(0).second, every);
}

TEST(MakeForm, WritesFieldsAndFiles) {
  const auto form = make_form({{"model", "whisper-1", "", ""}, {"file", "RIFF", "a.wav", "audio/wav"}});
  const std::string label = "multipart/form-data; boundary=";
  ASSERT_TRUE(form.content_type.starts_with(label));
  const std::string boundary = form.content_type.substr(label.size());
  EXPECT_EQ(form.body, "--" + boundary +
                           "\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--" +
                           boundary +
                           "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n"
                           "Content-Type: audio/wav\r\n\r\nRIFF\r\n--" +
                           boundary + "--\r\n");
}

TEST(MakeForm, AnEmptyFormIsOnlyItsEnd) {
  const auto form = make_form({});
  EXPECT_TRUE(form.body.starts_with("--parley-"));
  EXPECT_TRUE(form.body.ends_with("--\r\n"));
}

TEST(FindHeader, IgnoresCaseAndGivesTheFirst) {
  const HeaderList headers{{"Retry-After", "1"}, {"retry-after", "2"}};
  EXPECT_EQ(find_header(headers, "RETRY-AFTER"), "1");
  EXPECT_FALSE(find_header(headers, "retry"));
  EXPECT_FALSE(find_header({}, "x"));
}

TEST(CheckHeaders, RefusesWhatWouldSplitARequest) {
  EXPECT_TRUE(check_headers({{"X-Key", "a\tb: \xE0\xA4"}, {"a!b", ""}}));
  for (const auto* value : {"a\nb", "a\rb", "\x01", "\x7f"}) {
    const auto checked = check_headers({{"X-Key", value}});
    ASSERT_FALSE(checked);
    EXPECT_EQ(checked.error().message.find(value), std::string::npos);
  }
  EXPECT_FALSE(check_headers({{"X-Key", std::string("a\0b", 3)}}));
  for (const auto* name : {"", "a b", "a:", "a\r\n", "\xC3\xA4"})
    EXPECT_FALSE(check_headers({{name, "x"}})) << name;
}

}  // namespace
}  // namespace parley::net
