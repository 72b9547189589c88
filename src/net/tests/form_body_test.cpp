#include "net/form_body.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/http_client.hpp"

namespace parley::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kUrlencoded = "application/x-www-form-urlencoded";
constexpr std::string_view kMultipart = "multipart/form-data; boundary=xyz";

FormFields fields_of(std::string_view type, std::string_view body) {
  auto fields = parse_form_body(type, body);
  EXPECT_TRUE(fields) << describe(fields.error());
  return fields.value_or(FormFields());
}

std::string complaint(std::string_view type, std::string_view body, const FormLimits& limits = {}) {
  auto fields = parse_form_body(type, body, limits);
  EXPECT_FALSE(fields);
  return fields ? "" : describe(fields.error());
}

TEST(FormBody, AnEncodedFormIsDecodedInOrderAndMayRepeatNames) {
  EXPECT_THAT(fields_of(kUrlencoded, "From=%2B919876543210&a=1+2&Legs%5B0%5D%5BStatus%5D=completed&a=\r\n"),
              ElementsAre(Pair("From", "+919876543210"), Pair("a", "1 2"),
                          Pair("Legs[0][Status]", "completed"), Pair("a", "")));
  EXPECT_THAT(fields_of("Application/X-WWW-Form-Urlencoded; charset=UTF-8", "a=b"),
              ElementsAre(Pair("a", "b")));
}

TEST(FormBody, WhatMakeFormWritesIsReadBack) {
  const auto form =
      make_form({{.name = "CallSid", .value = "9c0b18bl", .file_name = {}, .content_type = {}},
                 {.name = "text", .value = "--\r\n--parley", .file_name = {}, .content_type = {}},
                 {.name = "empty", .value = "", .file_name = {}, .content_type = {}},
                 {.name = "file", .value = "a\0b", .file_name = "x.wav", .content_type = "audio/wav"}});
  EXPECT_THAT(fields_of(form.content_type, form.body),
              ElementsAre(Pair("CallSid", "9c0b18bl"), Pair("text", "--\r\n--parley"), Pair("empty", ""),
                          Pair("file", "a")));
}

TEST(FormBody, BoundariesMayStandInQuotesAndLinesMayEndBare) {
  EXPECT_THAT(fields_of("multipart/form-data; charset=utf-8; Boundary=\"x y;z\"",
                        "--x y;z\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--x y;z--\r\n"),
              ElementsAre(Pair("a", "1")));
  EXPECT_THAT(fields_of(kMultipart,
                        "--xyz\ncontent-disposition:form-data;name=a\n\n1\n2\n--xyz\n"
                        "Content-Disposition: form-data; name=b\n\n\n--xyz--\n"),
              ElementsAre(Pair("a", "1\n2"), Pair("b", "")));
}

TEST(FormBody, TheLastBoundaryMayBeMissing) {
  EXPECT_THAT(fields_of(kMultipart, "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n"),
              ElementsAre(Pair("a", "1")));
  EXPECT_THAT(fields_of(kMultipart, "--xyz\r\nContent-Disposition: form-data; name=\"a\""),
              ElementsAre(Pair("a", "")));
  EXPECT_THAT(fields_of(kMultipart, "--xyz"), IsEmpty());
  EXPECT_THAT(fields_of(kMultipart, "--xyz--"), IsEmpty());
}

TEST(FormBody, ABoundaryIsOneOnlyAtTheBeginningOfALineAndAsAWholeWord) {
  EXPECT_THAT(fields_of(kMultipart,
                        "before\r\n--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n"
                        "one --xyz\r\n--xyzz\r\n--xyz  \r\n\r\nno name\r\n--xyz--\r\nafter"),
              ElementsAre(Pair("a", "one --xyz\r\n--xyzz")));
}

TEST(FormBody, NamesMayHoldQuotesPercentSignsAndAnyLanguage) {
  const auto name_of = [](std::string_view disposition) {
    const auto fields = fields_of(
        kMultipart,
        fmt::format("--xyz\r\nContent-Disposition: form-data; {}\r\n\r\n1\r\n--xyz--", disposition));
    return fields.empty() ? std::string() : fields[0].first;
  };
  EXPECT_EQ(name_of(R"(name="a\"b\\c\d")"), R"(a"b\c\d)");
  EXPECT_EQ(name_of(R"(name="a%22b%41%0d")"), "a\"b%41\r");
  EXPECT_EQ(name_of("name=\"नाम\"; filename=\"x;name=y\""), "नाम");
  EXPECT_EQ(name_of("filename=\"name=evil; name=x\"; name=good"), "good");
  EXPECT_EQ(name_of("name*=UTF-8''na%C3%AFve"), "naïve");
  EXPECT_EQ(name_of("name=Legs[0][Status]"), "Legs[0][Status]");
  EXPECT_EQ(name_of("flag; name=x"), "x");
}

TEST(FormBody, AMissingOrWrongTypeIsGuessed) {
  EXPECT_THAT(fields_of("", "a=1&b=2"), ElementsAre(Pair("a", "1"), Pair("b", "2")));
  EXPECT_THAT(fields_of("text/plain", "--q\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--q--"),
              ElementsAre(Pair("a", "1")));
  EXPECT_THAT(
      fields_of("multipart/form-data", "--q\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n--q--"),
      ElementsAre(Pair("a", "1")));
  EXPECT_THAT(fields_of("", " \r\n"), IsEmpty());
}

TEST(FormBody, WhatIsNoFormIsRefusedInWords) {
  EXPECT_THAT(complaint("", "hello"), HasSubstr("no form"));
  EXPECT_THAT(complaint("multipart/form-data", "hello"), HasSubstr("names no boundary"));
  EXPECT_THAT(complaint(kMultipart, "hello"), HasSubstr("occurs nowhere"));
  EXPECT_THAT(complaint("multipart/form-data; boundary=" + std::string(500, 'x'), "a"),
              HasSubstr("boundary is too long"));
}

TEST(FormBody, SizesAndCountsAreBounded) {
  FormLimits limits;
  limits.max_bytes = 4000;
  limits.max_fields = 2;
  limits.max_name_bytes = 5;
  limits.max_part_head_bytes = 100;
  const std::string part = "--xyz\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n";
  EXPECT_TRUE(parse_form_body(kMultipart, part + part, limits));
  EXPECT_THAT(complaint(kMultipart, part + part + part, limits), HasSubstr("more than 2 parts"));
  EXPECT_TRUE(parse_form_body(kUrlencoded, "a=1&b=2", limits));
  EXPECT_THAT(complaint(kUrlencoded, "a=1&b=2&c=3", limits), HasSubstr("more than 2 fields"));
  EXPECT_THAT(complaint(kUrlencoded, "abcdef=1", limits), HasSubstr("longer than 5 bytes"));
  EXPECT_THAT(complaint(kMultipart, "--xyz\r\nContent-Disposition: form-data; name=abcdef\r\n\r\n", limits),
              HasSubstr("longer than 5 bytes"));
  EXPECT_THAT(complaint(kMultipart, "--xyz\r\nX: " + std::string(200, 'x') + "\r\n\r\n", limits),
              HasSubstr("headers of a part"));
  EXPECT_THAT(complaint(kUrlencoded, "a=" + std::string(5000, 'x'), limits), HasSubstr("longer than 4000"));
}

}  // namespace
}  // namespace parley::net
