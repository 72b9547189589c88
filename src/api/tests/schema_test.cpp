#include "api/schema.hpp"

#include <boost/json/parse.hpp>
#include <gmock/gmock.h>

#include "api/text_format.hpp"

namespace parley::api {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const boost::json::object& document() {
  static const boost::json::value parsed = boost::json::parse(R"({"components": {"schemas": {
    "Name": {"type": "string", "minLength": 1, "maxLength": 3},
    "Tree": {"type": "object", "additionalProperties": false,
             "properties": {"left": {"$ref": "#/components/schemas/Tree"}, "name": {"$ref": "#/components/schemas/Name"}}},
    "Base": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
  }}})");
  return parsed.get_object();
}

std::vector<std::string> check(std::string_view schema, std::string_view value) {
  Schemas schemas(document());
  const auto compiled = schemas.compile(boost::json::parse(schema));
  if (!compiled) return {"schema: " + compiled.error().message};
  std::vector<InvalidPart> mistakes;
  check_value(**compiled, boost::json::parse(value), "", mistakes);
  std::vector<std::string> list;
  list.reserve(mistakes.size());
  for (const InvalidPart& part : mistakes)
    list.push_back(part.pointer + " " + part.detail);
  return list;
}

struct Case {
  std::string_view schema;
  std::string_view right;
  std::string_view wrong;
  std::string_view sentence;
};

class SchemaCases : public testing::TestWithParam<Case> {};

TEST_P(SchemaCases, TakeWhatIsRightAndSayWhatIsWrong) {
  EXPECT_THAT(check(GetParam().schema, GetParam().right), IsEmpty());
  EXPECT_THAT(check(GetParam().schema, GetParam().wrong), ElementsAre(std::string(GetParam().sentence)));
}

INSTANTIATE_TEST_SUITE_P(
    All, SchemaCases,
    testing::Values(
        Case{R"({"type":"string"})", R"("")", "1", " must be text"},
        Case{R"({"type":"string","maxLength":2})", R"("éé")", R"("ééé")",
             " must be text of at most 2 characters"},
        Case{R"({"type":"string","minLength":1})", R"("a")", R"("")",
             " must be text of at least 1 character"},
        Case{R"({"type":"string","minLength":2,"maxLength":2})", R"("ab")", R"("abc")",
             " must be text of 2 characters"},
        Case{R"({"type":"string","enum":["a","b"]})", R"("b")", R"("c")", " must be one of a, b"},
        Case{R"({"const":false})", "false", "true", " must be false"},
        Case{R"({"type":["string","null"]})", "null", "true", " must be text or null"},
        Case{R"({"type":"integer"})", "-5", "5.5", " must be a whole number"},
        Case{R"({"type":"integer"})", "9223372036854775807", "9223372036854775808",
             " must be a whole number"},
        Case{R"({"type":"integer","minimum":1})", "1", "0", " must be a whole number not below 1"},
        Case{R"({"type":"number","exclusiveMinimum":0,"maximum":2})", "0.5", "0",
             " must be a number above 0 and not above 2"},
        Case{R"({"type":"number"})", "3", "\"3\"", " must be a number"},
        Case{R"({"type":"boolean"})", "true", "1", " must be true or false"},
        Case{R"({"type":"array","maxItems":1})", "[1]", "[1,2]", " must be a list of at most 1 item"},
        Case{R"({"type":"array","items":{"$ref":"#/components/schemas/Name"}})", R"(["a"])",
             R"(["a","long"])", "/1 must be text of 1 to 3 characters"},
        Case{R"({"type":"array","uniqueItems":true})", "[1,2]", "[1,1]",
             " must not hold the same value twice"},
        Case{R"({"type":"string","format":"uuid"})", R"("123e4567-e89b-12d3-a456-426614174000")", R"("123")",
             " must be a UUID"},
        Case{R"({"type":"string","format":"date-time"})", R"("2026-11-21T08:00:00.5+05:30")",
             R"("2026-02-30T08:00:00Z")", " must be a time like 2026-11-21T08:00:00Z"},
        Case{R"({"type":"string","pattern":"^a+$"})", R"("aaa")", R"("aab")",
             " must be text that matches ^a+$"},
        Case{R"({"type":"object","additionalProperties":{"type":"integer"}})", R"({"a":1})", R"({"a/b":"x"})",
             "/a~1b must be a whole number"},
        Case{R"({"type":"object","maxProperties":1})", R"({"a":1})", R"({"a":1,"b":2})",
             " must be an object of at most 1 member"},
        Case{R"({"$ref":"#/components/schemas/Tree"})", R"({"left":{"left":{"name":"a"}}})",
             R"({"left":{"left":{"name":5}}})", "/left/left/name must be text of 1 to 3 characters"},
        Case{R"({"anyOf":[{"$ref":"#/components/schemas/Name"},{"type":"null"}]})", "null", R"("long")",
             " must be text of 1 to 3 characters"},
        Case{R"({"anyOf":[{"type":"string"},{"type":"null"}]})", "null", "5", " must be text or null"},
        Case{
            R"({"allOf":[{"$ref":"#/components/schemas/Base"},{"properties":{"x":{"type":"integer"}}}],"unevaluatedProperties":false})",
            R"({"id":"a","x":1})", R"({"id":"a","other":1})", "/other is not known here; known are id, x"},
        Case{R"({"allOf":[{"$ref":"#/components/schemas/Base"}]})", R"({"id":"a"})", "{}",
             "/id is missing: it must be text"}));

TEST(Schema, AKeywordThatIsNotKnownIsNoSchema) {
  EXPECT_THAT(check(R"({"type":"strin"})", "1"), ElementsAre("schema: type: there is no such type"));
  EXPECT_THAT(check(R"({"minimun":1})", "1"), ElementsAre("schema: minimun: this keyword is not known here"));
  EXPECT_THAT(check(R"({"format":"hostname"})", "1"),
              ElementsAre("schema: format: is none that is checked here"));
  EXPECT_THAT(check(R"({"$ref":"#/nowhere"})", "1"),
              ElementsAre("schema: #/nowhere: there is no such schema"));
  EXPECT_THAT(check(R"({"properties":{"a":{}},"required":["b"]})", "1"),
              ElementsAre("schema: required: 'b' is no member"));
}

TEST(Schema, NotMoreThanTwentyMistakesAreTold) {
  std::string many = "[";
  for (int i = 0; i < 1000; ++i)
    many += i == 0 ? "1" : ",1";
  EXPECT_EQ(check(R"({"type":"array","items":{"type":"string"}})", many + "]").size(), kMaxMistakes);
}

TEST(Schema, ALongNameIsCutBetweenCharacters) {
  std::string name = "a";
  for (int i = 0; i < 100; ++i)
    name += "é";
  const std::string pointer = pointer_to("/body", name);
  EXPECT_LT(pointer.size(), 120U);
  EXPECT_TRUE(is_valid_text(pointer)) << pointer;
}

bool matches(std::string_view pattern, std::string_view text) {
  const auto compiled = TextPattern::compile(pattern);
  EXPECT_TRUE(compiled) << pattern;
  return compiled && compiled->matches(text);
}

TEST(TextPattern, MatchesWholeTexts) {
  EXPECT_TRUE(matches("^(draft|[0-9]{1,3})$", "draft"));
  EXPECT_TRUE(matches("^(draft|[0-9]{1,3})$", "123"));
  EXPECT_FALSE(matches("^(draft|[0-9]{1,3})$", "1234"));
  EXPECT_FALSE(matches("^(draft|[0-9]{1,3})$", ""));
  EXPECT_TRUE(matches("^[@A-Za-z0-9.-]*$", ""));
  EXPECT_TRUE(matches("^[+0-9 ()-]+$", "+91 (80) 30-75"));
  EXPECT_FALSE(matches("^[+0-9 ()-]+$", "+91\n"));
  EXPECT_TRUE(matches("^a?b{2,}c$", "bbbc"));
  EXPECT_FALSE(matches("^a?b{2,}c$", "abc"));
  EXPECT_TRUE(matches("^[^a]\\.\\d$", "b.5"));
  EXPECT_FALSE(matches("^[^a]\\.\\d$", "a.5"));
  EXPECT_TRUE(matches("^(?:ab|a)(c|bcd)$", "abcd"));
  EXPECT_TRUE(matches("^$", ""));
}

TEST(TextPattern, WhatItDoesNotKnowIsAnError) {
  for (const char* wrong :
       {"a", "^a", "^(a$", "^a)$", "^[a$", "^a{2,1}$", "^a{999}$", "^\\w$", "^*$", "^[z-a]$", "^a**$"})
    EXPECT_FALSE(TextPattern::compile(wrong)) << wrong;
}

TEST(TextPattern, IsLinearWhereOthersAreNot) {
  EXPECT_FALSE(matches("^(a+)+b$", std::string(100'000, 'a')));
  EXPECT_FALSE(matches("^(a|a|aa)*c$", std::string(100'000, 'a')));
}

TEST(TextFormat, KnowsAddressesAndTimes) {
  EXPECT_TRUE(is_email("asha+x@example.co.in"));
  for (const char* wrong : {"", "a", "@b.c", "a@", "a b@c.d", "a@b@c", "a@.b", "a@b..c", "a@b.", "<a>@b.c"})
    EXPECT_FALSE(is_email(wrong)) << wrong;
  EXPECT_TRUE(is_uri("https://example.com/x?y=%20"));
  for (const char* wrong : {"", "x", "://x", "1x:y", "http:", "https://a b", "https://a<b"})
    EXPECT_FALSE(is_uri(wrong)) << wrong;
  EXPECT_TRUE(is_date("2028-02-29"));
  for (const char* wrong : {"2027-02-29", "2027-2-09", "2027-13-01", "20270101", "2027-00-10"})
    EXPECT_FALSE(is_date(wrong)) << wrong;
  EXPECT_TRUE(is_date_time("2026-11-21T08:00:00Z"));
  for (const char* wrong :
       {"2026-11-21", "2026-11-21T08:00:00", "2026-11-21T24:00:00Z", "2026-11-21T08:60:00Z",
        "2026-11-21T08:00:60Z", "2026-11-21T08:00:00.Z", "2026-11-21T08:00:00+0530", "2026-11-21 08:00:00Z",
        "2026-11-21T08:00:00.1234567890Z"})
    EXPECT_FALSE(is_date_time(wrong)) << wrong;
  EXPECT_FALSE(is_uuid("123e4567-e89b-12d3-a456-42661417400g"));
  EXPECT_FALSE(is_valid_text(std::string("a\0b", 3)));
  EXPECT_FALSE(is_valid_text("\xC3"));
}

}  // namespace
}  // namespace parley::api
