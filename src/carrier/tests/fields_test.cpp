#include "carrier/fields.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace parley::carrier {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

Fields fields_of(std::string_view method, std::string_view query, std::string_view type,
                 std::string_view body) {
  auto fields = read_fields(method, query, type, body);
  EXPECT_TRUE(fields) << describe(fields.error());
  return fields.value_or(Fields());
}

std::string complaint(std::string_view type, std::string_view body) {
  const auto fields = read_fields("POST", "", type, body);
  EXPECT_FALSE(fields);
  return fields ? "" : describe(fields.error());
}

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kForm = "application/x-www-form-urlencoded";

TEST(FieldsTest, TheBodyComesBeforeTheQuery) {
  EXPECT_THAT(fields_of("POST", "a=query&b=2", kForm, "a=body"),
              ElementsAre(Pair("a", "body"), Pair("a", "query"), Pair("b", "2")));
  EXPECT_EQ(field(fields_of("POST", "a=query", kForm, "a=body"), {"A"}), "body");
}

TEST(FieldsTest, TheBodyOfAGetIsNotLookedAt) {
  EXPECT_THAT(fields_of("GET", "a=1", kJson, "{broken"), ElementsAre(Pair("a", "1")));
}

TEST(FieldsTest, TheThreeContentTypesOfAStatusCallbackSayTheSame) {
  const auto want = ElementsAre(Pair("CallSid", "9c0b18bl"), Pair("Status", "completed"),
                                Pair("Legs[0][OnCallDuration]", "17"), Pair("Legs[0][Status]", "completed"));
  EXPECT_THAT(
      fields_of(
          "POST", "", kForm,
          "CallSid=9c0b18bl&Status=completed&Legs%5B0%5D%5BOnCallDuration%5D=17&Legs[0][Status]=completed"),
      want);
  EXPECT_THAT(
      fields_of(
          "POST", "", kJson,
          R"({"CallSid":"9c0b18bl","Status":"completed","Legs":[{"OnCallDuration":17,"Status":"completed"}]})"),
      want);
  EXPECT_THAT(
      fields_of(
          "POST", "", "multipart/form-data; boundary=--x",
          "----x\r\nContent-Disposition: form-data; name=\"CallSid\"\r\n\r\n9c0b18bl\r\n"
          "----x\r\nContent-Disposition: form-data; name=\"Status\"\r\n\r\ncompleted\r\n"
          "----x\r\nContent-Disposition: form-data; name=\"Legs[0][OnCallDuration]\"\r\n\r\n17\r\n"
          "----x\r\nContent-Disposition: form-data; name=\"Legs%5B0%5D%5BStatus%5D\"\r\n\r\ncompleted\r\n"
          "----x--\r\n"),
      want);
}

TEST(FieldsTest, JsonValuesBecomeText) {
  EXPECT_THAT(
      fields_of(
          "POST", "", kJson,
          R"({"a":null,"b":true,"c":17.0,"d":-2.5,"e":18446744073709551615,"f":{},"g":[1,["x"]],"h":1e300})"),
      ElementsAre(Pair("a", ""), Pair("b", "true"), Pair("c", "17"), Pair("d", "-2.5"),
                  Pair("e", "18446744073709551615"), Pair("g[0]", "1"), Pair("g[1][0]", "x"),
                  Pair("h", "1e+300")));
}

TEST(FieldsTest, JsonIsRecognisedUnderAnotherType) {
  EXPECT_THAT(fields_of("POST", "", "", R"( {"a":"1"} )"), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(fields_of("POST", "", kForm, R"({"a":"1"})"), ElementsAre(Pair("a", "1")));
  EXPECT_THAT(fields_of("POST", "", "application/vnd.exotel+json", R"({"a":"1"})"),
              ElementsAre(Pair("a", "1")));
  EXPECT_THAT(fields_of("POST", "", kForm, "{a}=1"), ElementsAre(Pair("{a}", "1")));
}

TEST(FieldsTest, AStructureInOneFieldIsTakenApart) {
  EXPECT_THAT(
      fields_of("GET", "CallSid=1&Stream=%7B%22Status%22%3A%22completed%22%2C%22Duration%22%3A12%7D", "", ""),
      ElementsAre(Pair("CallSid", "1"), Pair("Stream[Status]", "completed"), Pair("Stream[Duration]", "12")));
  EXPECT_THAT(fields_of("POST", "", kForm, R"(Legs=[{"Status":"busy"}])"),
              ElementsAre(Pair("Legs[0][Status]", "busy")));
  EXPECT_THAT(fields_of("POST", "", kJson, R"({"Legs":"[{\"Status\":\"busy\"}]"})"),
              ElementsAre(Pair("Legs[0][Status]", "busy")));
  EXPECT_THAT(fields_of("POST", "", kForm, "Stream={broken"), ElementsAre(Pair("Stream", "{broken")));
  EXPECT_THAT(fields_of("GET", "CustomField=%7B%22a%22%3A1%7D", "", ""),
              ElementsAre(Pair("CustomField", R"({"a":1})")));
}

TEST(FieldsTest, BracketsMayBeEncodedTwice) {
  EXPECT_THAT(fields_of("GET", "Stream%255BStatus%255d=failed", "", ""),
              ElementsAre(Pair("Stream[Status]", "failed")));
}

TEST(FieldsTest, ControlCharactersAndBrokenTextDoNotComeThrough) {
  EXPECT_THAT(fields_of("GET", "a%0D%0Ab=x%0D%0ASet-Cookie:%00y%7F%C2%85z&c=%FF%C3%A9", "", ""),
              ElementsAre(Pair("ab", testing::Not(HasSubstr("\r"))), Pair("c", "\xEF\xBF\xBD\xC3\xA9")));
}

TEST(FieldsTest, WhatIsWrongIsNamed) {
  EXPECT_THAT(complaint(kJson, "{"), HasSubstr("no JSON"));
  EXPECT_THAT(complaint(kJson, "[1]"), HasSubstr("no object"));
  EXPECT_THAT(complaint("text/plain", "hello"), HasSubstr("no form"));
  std::string deep = "1";
  for (int i = 0; i < 9; ++i)
    deep = R"({"a":)" + deep + "}";
  EXPECT_THAT(complaint(kJson, deep), HasSubstr("deeper than 8"));
  std::string many = R"({"a":[)";
  for (int i = 0; i < 1001; ++i)
    many += "1,";
  EXPECT_THAT(complaint(kJson, many + "1]}"), HasSubstr("more than 1000 values"));
  EXPECT_THAT(complaint(kJson, R"({")" + std::string(300, 'n') + R"(":1})"), HasSubstr("longer than 256"));
  EXPECT_FALSE(read_fields("POST", "b=1", kForm, std::string(1000, '&') + "a=1"));
  EXPECT_THAT(fields_of("POST", "", kForm, ""), IsEmpty());
}

}  // namespace
}  // namespace parley::carrier
