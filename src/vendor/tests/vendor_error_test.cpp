#include "vendor/vendor_error.hpp"

#include <gtest/gtest.h>

namespace parley::vendor {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

TEST(VendorErrorTest, EveryFaultNamesAFix) {
  for (int i = 0; i <= static_cast<int>(Fault::internal); ++i) {
    VendorError error(static_cast<Fault>(i), "openai", "words");
    const auto fix = fix_for(error);
    EXPECT_GT(fix.size(), 20U) << to_string(error.fault);
    EXPECT_TRUE(fix.ends_with('.')) << fix;
    EXPECT_NE(describe(error).find(fix), std::string::npos);
    EXPECT_EQ(describe(error).find('\n'), std::string::npos);
  }
}

TEST(VendorErrorTest, ABadKeyNamesItsSetting) {
  VendorError error(Fault::bad_key, "openai", "Incorrect API key provided.");
  error.key_setting = "OPENAI_API_KEY";
  error.status = 401;
  error.code = "invalid_api_key";
  error.request_id = "req_1";
  EXPECT_EQ(
      describe(error),
      "openai: bad key (401 invalid_api_key, request req_1): Incorrect API key provided. Set OPENAI_API_KEY "
      "to a valid key of openai that has the right to this service.");
}

TEST(VendorErrorTest, AnUnknownModelIsNamedWithWhereItStands) {
  VendorError error(Fault::unknown_model, "openai", "");
  error.model = "gpt-4-turbo";
  const auto fix = fix_for(error);
  EXPECT_NE(fix.find("\"gpt-4-turbo\""), std::string::npos);
  EXPECT_NE(fix.find("agent file"), std::string::npos);
  EXPECT_NE(fix.find("retired"), std::string::npos);
  EXPECT_NE(fix.find("parley doctor"), std::string::npos);
}

TEST(VendorErrorTest, WhatTheVendorSaysAboutRetriesGoesFirst) {
  VendorError error(Fault::overloaded, "openai", "");
  EXPECT_TRUE(is_retryable(error));
  error.should_retry = false;
  EXPECT_FALSE(is_retryable(error));
  VendorError refused(Fault::bad_request, "openai", "");
  EXPECT_FALSE(is_retryable(refused));
  refused.should_retry = true;
  EXPECT_TRUE(is_retryable(refused));
  for (const auto fault : {Fault::bad_key, Fault::no_credit, Fault::unknown_model, Fault::region,
                           Fault::protocol, Fault::internal}) {
    EXPECT_FALSE(is_retryable({fault, "x", ""})) << to_string(fault);
  }
  for (const auto fault : {Fault::rate_limited, Fault::overloaded, Fault::unreachable, Fault::timeout}) {
    EXPECT_TRUE(is_retryable({fault, "x", ""})) << to_string(fault);
  }
}

TEST(VendorErrorTest, StatusesAndErrorsOfOursHaveAFault) {
  EXPECT_EQ(fault_of_status(401), Fault::bad_key);
  EXPECT_EQ(fault_of_status(402), Fault::no_credit);
  EXPECT_EQ(fault_of_status(404), Fault::unknown_model);
  EXPECT_EQ(fault_of_status(429), Fault::rate_limited);
  EXPECT_EQ(fault_of_status(422), Fault::bad_request);
  EXPECT_EQ(fault_of_status(500), Fault::overloaded);
  EXPECT_EQ(fault_of_status(529), Fault::overloaded);
  EXPECT_EQ(fault_of_status(200), Fault::protocol);
  EXPECT_EQ(fault_of_status(-7), Fault::protocol);
  const VendorError gone(Error{Errc::unavailable, "no connection"});
  EXPECT_EQ(gone.fault, Fault::unreachable);
  EXPECT_EQ(gone.detail, "no connection");
  EXPECT_EQ(VendorError(Error{Errc::internal, ""}).fault, Fault::internal);
}

TEST(CleanDetailTest, TheKeyIsHiddenWhereverItStands) {
  const std::string key = "abcDEF-123_x";
  const auto clean = clean_detail("no such key: abcDEF-123_x, nor xxabcDEF-123_xyy in (abcDEF-123_x)", key);
  EXPECT_EQ(clean, "no such key: ***, nor *** in (***)");
}

TEST(CleanDetailTest, MaskedKeysAreHidden) {
  EXPECT_EQ(
      clean_detail("Incorrect API key provided: sk-abcde***********wxyz. See the page.", "sk-abcdefghwxyz"),
      "Incorrect API key provided: ***. See the page.");
  EXPECT_EQ(clean_detail("key 12345...6789 is unknown", "12345abcdef6789"), "key *** is unknown");
  EXPECT_EQ(clean_detail("key 1234\xE2\x80\xA6"
                         "789 is unknown",
                         "12345abcdef6789"),
            "key *** is unknown");
}

TEST(CleanDetailTest, WhatLooksLikeAKeyIsHidden) {
  EXPECT_EQ(clean_detail("sent Authorization: Token 0a1b", ""), "sent Authorization: Token ***");
  EXPECT_EQ(clean_detail("at https://x/y?key=hunter2", ""), "at https://x/y?key=***");
  EXPECT_EQ(clean_detail("AIzaSyA-1234567890 and eyJhbGciOi.abc.def", ""), "*** and ***");
  EXPECT_EQ(clean_detail("0123456789abcdef0123456789abcdef01234567", ""), "***");
  EXPECT_EQ(clean_detail("6ba7b810-9dad-11d1-80b4-00c04fd430c8 failed", ""), "*** failed");
  EXPECT_EQ(clean_detail("called +919876543210 at once", ""), "called *** at once");
}

TEST(CleanDetailTest, NamesOfModelsAndPlainWordsStay) {
  for (const auto* words :
       {"The model `gpt-4o-mini-tts-2025-12-15` does not exist.", "voice 21m00Tcm4TlvDq8ikWAM is unknown",
        "Token limit of 128000 tokens: you asked for 131072.", "unsupported_parameter: max_completion_tokens",
        "\xE0\xA4\xA8\xE0\xA4\xAE\xE0\xA4\xB8\xE0\xA5\x8D\xE0\xA4\xA4\xE0\xA5\x87 (hi-IN)"}) {
    EXPECT_EQ(clean_detail(words, "sk-test-0123456789"), words);
  }
}

TEST(CleanDetailTest, TheResultIsOneShortLineOfValidText) {
  EXPECT_EQ(clean_detail(" a\r\n\tb\xFF"
                         "c\xC2\x85"
                         "d\xE2\x80\xA8"
                         "e  ",
                         ""),
            "a b?c d e");
  std::string many;
  for (int i = 0; i < 2000; ++i)
    many += "\xE0\xA4\xA8 ";
  const auto clean = clean_detail(many, "");
  EXPECT_LE(clean.size(), 300U);
  EXPECT_TRUE(clean.ends_with("\xE2\x80\xA6"));
  EXPECT_EQ(clean_detail("", "key"), "");
}

TEST(CleanDetailTest, AKeyAtTheCutOfAVeryLongMessageDoesNotShow) {
  const std::string key = "q7q7q7q7q7q7q7q7";
  // Hidden keys before it shrink the text, so what stands at the cut would come to the front.
  std::string words;
  while (words.size() < 4090)
    words += "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa11,";
  words.resize(4090, ' ');
  EXPECT_EQ(clean_detail(words + key, key).find("q7q7"), std::string::npos);
}

std::optional<milliseconds> wait_of(std::optional<std::string_view> ms,
                                    std::optional<std::string_view> seconds) {
  // Sun, 06 Nov 1994 08:49:37 GMT
  return parse_retry_after(ms, seconds, std::chrono::system_clock::time_point(784111777s));
}

TEST(RetryAfterTest, ReadsMillisecondsSecondsAndDates) {
  EXPECT_EQ(wait_of("120", "7"), 120ms);
  EXPECT_EQ(wait_of("120.5", std::nullopt), 120ms);
  EXPECT_EQ(wait_of(std::nullopt, " 7 "), 7s);
  EXPECT_EQ(wait_of("soon", "1.5"), 1500ms);
  EXPECT_EQ(wait_of(std::nullopt, "Sun, 06 Nov 1994 08:49:39 GMT"), 2s);
  EXPECT_EQ(wait_of(std::nullopt, "Sun, 06 Nov 1994 08:49:30 GMT"), 0ms);
  EXPECT_EQ(wait_of(std::nullopt, "0"), 0ms);
}

TEST(RetryAfterTest, WaitsAtMostAnHour) {
  EXPECT_EQ(wait_of(std::nullopt, "86400"), 1h);
  EXPECT_EQ(wait_of(std::nullopt, "1e300"), 1h);
  EXPECT_EQ(wait_of(std::nullopt, "Sun, 06 Nov 2094 08:49:30 GMT"), 1h);
}

TEST(RetryAfterTest, WhatCannotBeReadIsNothing) {
  for (const auto* text :
       {"", "-1", "nan", "inf", "7s", "tomorrow", "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT", "Sun, 06 Nov 1994 08:49:37", "Sun, 06 Nov 9999 08:49:37 GMT"}) {
    EXPECT_EQ(wait_of(std::nullopt, text), std::nullopt) << text;
  }
  EXPECT_EQ(wait_of(std::nullopt, std::nullopt), std::nullopt);
}

}  // namespace
}  // namespace parley::vendor
