#include "control/custom_field.hpp"

#include <gtest/gtest.h>

namespace parley::control {
namespace {

constexpr std::string_view kId = "01KAK8F7T2M4Q9V6W3X5Y7Z8AA";

TEST(CustomFieldTest, holds_the_calls_id_where_nothing_else_is_wanted) {
  const auto field = make_custom_field(kId, "");
  ASSERT_TRUE(field);
  EXPECT_EQ(*field, "parley:01KAK8F7T2M4Q9V6W3X5Y7Z8AA");
  EXPECT_EQ(parse_custom_field(*field).call_id, kId);
}

TEST(CustomFieldTest, adds_the_id_to_an_object) {
  const auto field = make_custom_field(kId, R"({"name":"Asha","lead":7,"vip":true})");
  ASSERT_TRUE(field);
  const CustomField read = parse_custom_field(*field);
  EXPECT_EQ(read.call_id, kId);
  EXPECT_EQ(read.variables, (Variables{{"name", "Asha"}, {"lead", "7"}, {"vip", "true"}}));
}

TEST(CustomFieldTest, leaves_an_object_alone_that_has_no_room_for_the_id) {
  const std::string full = R"({"name":")" + std::string(100, 'a') + R"("})";
  EXPECT_EQ(*make_custom_field(kId, full), full);
  EXPECT_EQ(parse_custom_field(full).variables.size(), 1U);
}

TEST(CustomFieldTest, leaves_other_text_alone) {
  EXPECT_EQ(*make_custom_field(kId, "campaign 7"), "campaign 7");
  EXPECT_EQ(*make_custom_field(kId, "{not json"), "{not json");
}

TEST(CustomFieldTest, refuses_what_carriers_do_not_take) {
  EXPECT_TRUE(make_custom_field(kId, std::string(128, 'a')));
  EXPECT_EQ(make_custom_field(kId, std::string(129, 'a')).error().code, Errc::invalid_argument);
  EXPECT_EQ(make_custom_field(kId, "a\nb").error().code, Errc::invalid_argument);
}

TEST(CustomFieldTest, reads_nothing_out_of_what_is_none_of_ours) {
  for (const char* text : {"", "campaign 7", "parley:", "parley:../../etc", "parley: 01KAK8", "{", "{]",
                           R"({"parley":7})", R"({"parley":"a b"})", "[1]", "null", "\xFF\xFE"}) {
    EXPECT_EQ(parse_custom_field(text).call_id, "") << text;
    EXPECT_TRUE(parse_custom_field(text).variables.empty()) << text;
  }
  EXPECT_EQ(parse_custom_field("parley:" + std::string(65, 'A')).call_id, "");
  EXPECT_TRUE(parse_custom_field(R"({"a":")" + std::string(5000, 'a') + R"("})").variables.empty());
  EXPECT_TRUE(parse_custom_field(R"({"a":{"b":1},"c":[1],"d":null})").variables.empty());
}

}  // namespace
}  // namespace parley::control
