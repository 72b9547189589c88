#include "vendor/json.hpp"

#include <gtest/gtest.h>

namespace parley::vendor {
namespace {

json::object read(std::string_view text) {
  auto object = parse_json_object(text);
  EXPECT_TRUE(object) << text;
  return object ? std::move(*object) : json::object();
}

TEST(JsonTest, WhatIsNoJsonIsAProtocolError) {
  for (const std::string_view text :
       {"", "{", "{\"a\":1} x", "\"\xC3\x28\"", "\"\xED\xA0\x80\"", "nul", "{\"a\":NaN}"}) {
    const auto value = parse_json(text);
    ASSERT_FALSE(value) << text;
    EXPECT_EQ(value.error().code, Errc::protocol);
  }
  EXPECT_FALSE(parse_json_object("[1]"));
  EXPECT_TRUE(parse_json("[1]"));
}

TEST(JsonTest, NestingEndsAtThirtyTwo) {
  EXPECT_TRUE(parse_json(std::string(32, '[') + std::string(32, ']')));
  EXPECT_FALSE(parse_json(std::string(33, '[') + std::string(33, ']')));
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
}

TEST(JsonTest, AMemberOfAnotherTypeIsNotThere) {
  const auto object = read(R"({"n":null,"s":"x","i":3,"o":{},"a":[],"b":true})");
  EXPECT_EQ(member(object, "n"), nullptr);
  EXPECT_EQ(member(object, "none"), nullptr);
  EXPECT_EQ(object_member(object, "a"), nullptr);
  EXPECT_EQ(array_member(object, "o"), nullptr);
  EXPECT_NE(object_member(object, "o"), nullptr);
  EXPECT_NE(array_member(object, "a"), nullptr);
  EXPECT_EQ(string_member(object, "i"), "");
  EXPECT_EQ(string_member(object, "s"), "x");
  EXPECT_TRUE(bool_member(object, "b"));
  EXPECT_TRUE(bool_member(object, "s", true));
  EXPECT_FALSE(bool_member(object, "none"));
}

TEST(JsonTest, CodesMayBeTextOrNumbers) {
  const auto object = read(R"({"t":"invalid","i":503,"b":true,"o":{},"n":null})");
  EXPECT_EQ(text_member(object, "t"), "invalid");
  EXPECT_EQ(text_member(object, "i"), "503");
  EXPECT_EQ(text_member(object, "b"), "true");
  EXPECT_EQ(text_member(object, "o"), "");
  EXPECT_EQ(text_member(object, "n"), "");
}

TEST(JsonTest, NumbersMayStandInStringsAndNeverOverflow) {
  const auto object = read(
      R"({"i":-3,"f":2.9,"s":"17","g":"1.5","e":1e30,"u":18446744073709551615,"x":"12a","h":"9223372036854775807","b":true})");
  EXPECT_EQ(integer_member(object, "i"), -3);
  EXPECT_EQ(integer_member(object, "f"), 2);
  EXPECT_EQ(integer_member(object, "s"), 17);
  EXPECT_EQ(integer_member(object, "g"), 1);
  EXPECT_EQ(integer_member(object, "h"), 9223372036854775807);
  for (const auto* name : {"e", "u", "x", "b", "none"})
    EXPECT_EQ(integer_member(object, name), std::nullopt) << name;
  EXPECT_EQ(number_member(object, "f"), 2.9);
  EXPECT_EQ(number_member(object, "g"), 1.5);
  EXPECT_EQ(number_member(object, "x"), std::nullopt);
}

TEST(JsonTest, ValuesBecomeTextThatReadsBack) {
  const json::value value = {{"a", "\"\n"}, {"b", {1, 2.5, nullptr}}};
  const auto again = parse_json(to_text(value));
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, value);
}

}  // namespace
}  // namespace parley::vendor
