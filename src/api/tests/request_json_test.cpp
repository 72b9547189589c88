#include "api/request_json.hpp"

#include <boost/json/object.hpp>
#include <gmock/gmock.h>

#include "api/json_out.hpp"
#include "api/openapi.hpp"

namespace parley::api {
namespace {

using testing::HasSubstr;

std::string refusal(std::string_view text) {
  const auto parsed = parse_request_json(text);
  return parsed ? "" : parsed.error().message;
}

TEST(RequestJson, TakesOrdinaryDocuments) {
  const auto parsed = parse_request_json(R"({"a": [1, 2.5, "नमस्ते", null, true]})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->at("a").at(2), "नमस्ते");
}

TEST(RequestJson, RefusesWhatCannotBeKept) {
  EXPECT_THAT(refusal(std::string(33, '[') + std::string(33, ']')), HasSubstr("more than 32 levels"));
  EXPECT_EQ(refusal(std::string(32, '[') + std::string(32, ']')), "");
  EXPECT_THAT(refusal(std::string(1'000'000, '[')), HasSubstr("more than 32 levels"));
  EXPECT_THAT(refusal("{\"a\":\"\xC3\x28\"}"), HasSubstr("is not JSON"));
  EXPECT_THAT(refusal(R"({"a":"x\u0000y"})"), HasSubstr("NUL"));
  EXPECT_THAT(refusal(R"({"x\u0000y":1})"), HasSubstr("NUL"));
  EXPECT_THAT(refusal(R"([[{"a":1e999}]])"), testing::Not(testing::IsEmpty()));
  EXPECT_THAT(refusal("{\"a\":"), HasSubstr("ends too early"));
  EXPECT_THAT(refusal("{} {}"), HasSubstr("follows after its end"));
  EXPECT_THAT(refusal("{'a':1}"), HasSubstr("double quotes"));
  EXPECT_NE(refusal(""), "");
}

constexpr std::string_view kForms = R"(
openapi: 3.1.0
info: {title: T, version: v1}
tags: [{name: t}]
paths:
  /form:
    post:
      operationId: postForm
      summary: A form or text
      tags: [t]
      x-public: true
      requestBody:
        content:
          application/x-www-form-urlencoded: {schema: {type: object, additionalProperties: false, properties: {n: {type: integer}, s: {type: string}}}, example: {n: 1}}
          text/yaml: {schema: {type: string, maxLength: 5}, example: 'a: b'}
      responses: {'200': {description: X, content: {application/json: {schema: {type: object, additionalProperties: false, properties: {a: {type: integer}}}, example: {a: 1}}}}, '204': {description: N}, default: {description: D}}
)";

std::shared_ptr<const OpenApi> forms() {
  const OpenApiFile file{"base.yaml", kForms};
  return OpenApi::of(std::span(&file, 1)).value();
}

TEST(OpenApiBody, MayBeAFormOrTextWhereTheOperationSaysSo) {
  const auto description = forms();
  const Operation& operation = *description->find("postForm");
  const auto form =
      description->check_body(operation, "application/x-www-form-urlencoded", "n=5&s=a+b%C3%A9");
  ASSERT_TRUE(form) << form.error().detail;
  EXPECT_EQ(form->at("n"), 5);
  EXPECT_THAT(form->at("s").as_string(), HasSubstr("é"));
  EXPECT_EQ(description->check_body(operation, "text/yaml", "a: b").value(), "a: b");
  EXPECT_TRUE(description->check_body(operation, "", "").value().is_null());

  const auto status = [&](std::string_view type, std::string_view body) {
    const auto checked = description->check_body(operation, type, body);
    return checked ? 200 : checked.error().status;
  };
  EXPECT_EQ(status("application/x-www-form-urlencoded", "n=x"), 400);
  EXPECT_EQ(status("application/x-www-form-urlencoded", "m=1"), 400);
  EXPECT_EQ(status("application/x-www-form-urlencoded", "s=%FF"), 400);
  EXPECT_EQ(status("application/x-www-form-urlencoded", "s=%00"), 400);
  EXPECT_EQ(status("text/yaml", "abcdef"), 400);
  EXPECT_EQ(status("text/yaml", "\xFF"), 400);
  EXPECT_EQ(status("application/json", "{}"), 415);
  EXPECT_EQ(status("", "{}"), 415);
}

TEST(OpenApiQuery, HasAtMostFiftyParts) {
  const auto description = forms();
  std::string query;
  for (int i = 0; i < 51; ++i)
    query += "a=1&";
  const auto checked = description->check_query(*description->find("postForm"), query);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().errors.at(0).detail, HasSubstr("at most 50"));
}

TEST(OpenApiAnswer, IsComparedWithTheDescription) {
  const auto description = forms();
  const Operation& operation = *description->find("postForm");
  EXPECT_TRUE(description->check_answer(operation, 200, "application/json", R"({"a":1})").empty());
  EXPECT_FALSE(description->check_answer(operation, 200, "application/json", R"({"b":1})").empty());
  EXPECT_FALSE(description->check_answer(operation, 200, "text/plain", "x").empty());
  EXPECT_FALSE(description->check_answer(operation, 202, "application/json", "{}").empty());
  EXPECT_TRUE(description->check_answer(operation, 204, "", "").empty());
  EXPECT_FALSE(description->check_answer(operation, 204, "application/json", "{}").empty());
}

TEST(PageCursor, ComesBackAsItWasSent) {
  const auto text = encode_cursor({.at = 1'795'248'000'000, .id = "01KAK8F7T2M4Q9V6W3X5Y7Z8AE"});
  EXPECT_EQ(text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"),
            std::string::npos);
  const auto cursor = decode_cursor(text);
  ASSERT_TRUE(cursor);
  EXPECT_EQ(cursor->at, 1'795'248'000'000);
  EXPECT_EQ(cursor->id, "01KAK8F7T2M4Q9V6W3X5Y7Z8AE");
}

TEST(PageCursor, ABrokenOneIsTheClientsMistake) {
  for (const char* broken : {"", "x", "!!!!", "YWJj", "LTE6YQ", "OmE", "MTo", "MTphIGI"}) {
    const auto cursor = decode_cursor(broken);
    ASSERT_FALSE(cursor) << broken;
    EXPECT_EQ(cursor.error().status, 400);
    EXPECT_EQ(cursor.error().errors.at(0).pointer, "/query/cursor");
  }
  EXPECT_FALSE(decode_cursor(std::string(100'000, 'A')));
}

TEST(UtcTime, IsReadByProgramsAndPeople) {
  EXPECT_EQ(utc_time(1'700'000'000'007), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(utc_time(-1), "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace parley::api
